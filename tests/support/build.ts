import { build } from '../../deploy/build.mjs'

/** For tests that run what users run: builds what is stale, once for all test files that ask. */
export const buildProduct = (): Promise<void> => build()
