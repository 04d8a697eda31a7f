/**
 * DNS as the checks of one message may use it: so many questions and so much time in all, each question asked once. Strangers decide
 * what is looked up, and how slow the answers are.
 *
 * That there is no such record is an answer, an empty one; where there is no answer the question fails with `NoAnswerError`.
 */
import { Resolver } from 'node:dns/promises'
import { setMaxListeners } from 'node:events'

export class NoAnswerError extends Error {
  override name = 'NoAnswerError'
  /** Of node:dns; for whoever expects its errors. */
  readonly code = 'ETIMEOUT'
}

export interface DnsLookUps {
  /** Strings of a record put together (RFC 7208 section 3.3). */
  txt(name: string): Promise<string[]>
  a(name: string): Promise<string[]>
  aaaa(name: string): Promise<string[]>
  /** By preference. */
  mx(name: string): Promise<string[]>
  /** The names of an address, at most `maxNames`. */
  ptr(address: string): Promise<string[]>
}

type RecordResolver = Pick<Resolver, 'resolveTxt' | 'resolve4' | 'resolve6' | 'resolveMx' | 'reverse'>

const maxQuestions = 80
const maxRecords = 100
const maxNames = 10
const noRecord = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])
/** What can be asked for; anything else does not exist. Labels may hold what host names may not: `_dmarc`, macros of SPF. */
const askable = /^(?=.{1,253}$)([\x21-\x2d\x2f-\x7e]{1,63}\.)*[\x21-\x2d\x2f-\x7e]{1,63}$/

export class BoundedLookUps implements DnsLookUps {
  private readonly asked = new Map<string, Promise<string[]>>()

  constructor(
    private readonly resolver: RecordResolver,
    /** When it is over. */
    private readonly signal: AbortSignal,
  ) {
    // One for each question under way.
    setMaxListeners(0, signal)
  }

  txt = (name: string) =>
    this.ask('TXT', name, async () => (await this.resolver.resolveTxt(name)).map((parts) => parts.join('')))
  a = (name: string) => this.ask('A', name, () => this.resolver.resolve4(name))
  aaaa = (name: string) => this.ask('AAAA', name, () => this.resolver.resolve6(name))
  mx = (name: string) =>
    this.ask('MX', name, async () =>
      (await this.resolver.resolveMx(name))
        .sort((one, other) => one.priority - other.priority)
        .map(({ exchange }) => exchange)
        .filter((exchange) => exchange !== ''),
    )
  ptr = async (address: string) =>
    (await this.ask('PTR', address, () => this.resolver.reverse(address))).slice(0, maxNames)

  private ask(type: string, name: string, question: () => Promise<string[]>): Promise<string[]> {
    const key = `${type} ${name.toLowerCase()}`
    let answer = this.asked.get(key)
    if (answer === undefined) {
      if (type !== 'PTR' && !askable.test(name)) answer = Promise.resolve([])
      else if (this.asked.size >= maxQuestions) answer = Promise.reject(new NoAnswerError('too many questions'))
      else answer = this.answered(question)
      answer.catch(() => undefined)
      this.asked.set(key, answer)
    }
    return answer
  }

  private async answered(question: () => Promise<string[]>): Promise<string[]> {
    const { signal } = this
    if (signal.aborted) throw new NoAnswerError('no time left')
    let over = (): void => undefined
    const tooLate = new Promise<never>((_, reject) => {
      over = () => reject(new NoAnswerError('no time left'))
      signal.addEventListener('abort', over)
    })
    try {
      return (await Promise.race([question(), tooLate])).slice(0, maxRecords)
    } catch (error) {
      const { code } = error as { code?: string }
      if (code !== undefined && noRecord.has(code)) return []
      throw error instanceof NoAnswerError ? error : new NoAnswerError(String(code))
    } finally {
      signal.removeEventListener('abort', over)
    }
  }
}
