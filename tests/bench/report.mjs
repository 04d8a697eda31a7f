/** The table of a run, in Markdown and JSON: medians with their spread, and by what factor we are better than each peer. */
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1]
const digits = (value) => (value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(3))
const spread = (values) =>
  values.length === 1
    ? digits(values[0])
    : `${digits(median(values))} (${digits(Math.min(...values))}–${digits(Math.max(...values))})`

export class Report {
  #lines = new Map()

  /** @param {{ name: string, better: 'more' | 'less', factor?: number }} line */
  add(line, server, value) {
    const { samples } = this.#lines.get(line.name) ?? { samples: {} }
    samples[server] = [...(samples[server] ?? []), value]
    this.#lines.set(line.name, { ...line, samples })
    console.log(`  ${line.name} · ${server}: ${digits(value)}`)
  }

  /** How many times better the first is than the second, sample by sample as they were taken in turn. */
  #ratios({ better, samples }, ours, peer) {
    if (!samples[ours] || !samples[peer]) return []
    const pairs = samples[ours].slice(0, samples[peer].length).map((value, index) => value / samples[peer][index])
    return better === 'more' ? pairs : pairs.map((ratio) => 1 / ratio)
  }

  markdown(ours, peers) {
    const head = ['', 'wanted', ours, ...peers.flatMap((peer) => [peer, `× ${peer.split(' ').at(-1)}`])]
    const rows = [...this.#lines.values()].map((line) => [
      line.name,
      line.factor ? `× ${line.factor}` : '',
      line.samples[ours] ? spread(line.samples[ours]) : '',
      ...peers.flatMap((peer) => {
        const ratios = this.#ratios(line, ours, peer)
        return ratios.length === 0 ? ['', ''] : [spread(line.samples[peer]), `**${spread(ratios)}**`]
      }),
    ])
    return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  }

  json() {
    return [...this.#lines.values()].map(({ name, better, factor, samples }) => ({ name, better, factor, samples }))
  }
}
