/** One line per step on the terminal: what is being done, then a tick and how long it took. */
const live = process.stdout.isTTY === true
const seconds = (since) => `${((performance.now() - since) / 1000).toFixed(1)} s`

export async function step(title, work) {
  const start = performance.now()
  let note = ''
  const show = () =>
    process.stdout.write(
      `\r\x1b[2K  … ${title} ${seconds(start)}${note && `  ${note}`}`.slice(0, process.stdout.columns || 120),
    )
  const timer = live ? setInterval(show, 200) : null
  if (!live) console.log(`  … ${title}`)
  try {
    const result = await work((text) => (note = text))
    if (timer) process.stdout.write('\r\x1b[2K')
    console.log(`  ✓ ${title} (${seconds(start)})`)
    return result
  } catch (error) {
    if (timer) process.stdout.write('\r\x1b[2K')
    console.log(`  ✗ ${title}`)
    throw error
  } finally {
    clearInterval(timer)
  }
}
