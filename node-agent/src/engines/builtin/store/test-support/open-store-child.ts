/** Opens the store, which then indexes in the background, and says so. Ended by SIGKILL. */
import { openTestStore } from './store-fixture.js'

void openTestStore(process.argv[2]!, { fullText: { delayMs: 5, minMessages: 1 } }).then(() => {
  process.stdout.write('open\n')
  setInterval(() => undefined, 1_000)
})
