/** GraphQL's optional inputs are absent or null; most readers do not care which. */
export const isGiven = <T>(value: T | null | undefined): value is T => value !== null && value !== undefined
