/**
 * Takes the cases in turn, round by round, so that whatever else the machine does falls on all of them alike; statements are
 * counted by PostgreSQL itself (pg_stat_statements), top level, transactions' begin and end and settings included.
 */
export async function measureRounds(cases, { rounds, warmUp, database }) {
  const samples = new Map(cases.map(({ name }) => [name, { times: [], statements: [] }]))
  for (let round = -warmUp; round < rounds; round++) {
    for (const { name, run } of cases) {
      const before = round >= 0 && round < countedRounds ? await statementsUntilNow(database) : null
      const start = performance.now()
      await run()
      const time = performance.now() - start
      if (round < 0) continue
      const sample = samples.get(name)
      sample.times.push(time)
      if (before !== null) sample.statements.push((await statementsUntilNow(database)) - before)
    }
  }
  return [...samples].map(([name, { times, statements }]) => ({
    name,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    min: Math.min(...times),
    // Whatever works in the background only adds to it.
    statements: Math.min(...statements),
    n: times.length,
  }))
}

const countedRounds = 5

/** Without those that ask for this number. */
async function statementsUntilNow(database) {
  const { rows } = await database.query(
    `SELECT coalesce(sum(calls), 0)::integer AS calls FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'`,
  )
  return rows[0].calls
}

export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

export function print(results) {
  console.log(`| | p50 ms | p99 ms | fastest | statements | n |\n|---|---|---|---|---|---|`)
  for (const { name, p50, p99, min, statements, n } of results) {
    console.log(`| ${name} | ${[p50, p99, min].map((value) => value.toFixed(1)).join(' | ')} | ${statements} | ${n} |`)
  }
}
