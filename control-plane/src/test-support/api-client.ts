/** A caller of the API: a browser with its session cookie, or a script with its token. */

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look at whatever comes
export type Json = any

export interface Answer {
  status: number
  headers: Headers
  data: Json
  errors: { message: string; extensions: Record<string, unknown> }[]
}

export class ApiClient {
  cookie: string | null = null
  token: string | null = null

  constructor(readonly url: string) {}

  /** Whatever comes back. */
  async send(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...this.credentials(), ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const set = response.headers.getSetCookie()[0]
    if (set) this.cookie = /=;|Max-Age=0/.test(set) ? null : set.split(';', 1)[0]!
    const body = (await response.json()) as { data?: Json; errors?: Answer['errors'] }
    return { status: response.status, headers: response.headers, data: body.data ?? null, errors: body.errors ?? [] }
  }

  /** The data; an error is a failure of the test. */
  async query(query: string, variables: object = {}): Promise<Json> {
    const { data, errors } = await this.send(query, variables)
    if (errors.length > 0) throw new Error(JSON.stringify(errors))
    return data
  }

  /** The one payload of a mutation, errors and all. */
  async mutate(name: string, input: object, selection: string): Promise<Json> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
    const inputType = /^(suspend|resume|delete|restore|waive)/.test(name) ? 'VersionedInput' : type
    const data = await this.query(
      `mutation ($input: ${inputType}!) { ${name}(input: $input) { ${selection} errors { code path message params { name value } } } }`,
      { input },
    )
    return data[name]
  }

  /** The object that a mutation made or changed; `errors` are a failure of the test. */
  async must(name: string, input: object, selection = 'id version'): Promise<Json> {
    const field = name.replace(/^(create|update|suspend|resume|restore|transfer)/, '')
    const object = `${field[0]!.toLowerCase()}${field.slice(1)}`
    const payload = await this.mutate(name, input, `${object} { ${selection} }`)
    if (payload.errors.length > 0) throw new Error(`${name}: ${JSON.stringify(payload.errors)}`)
    return payload[object]
  }

  /** The codes with which a mutation is refused, however it is told. */
  async refusal(name: string, input: object): Promise<string[]> {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input`
    const inputType = /^(suspend|resume|delete|restore|waive)/.test(name) ? 'VersionedInput' : type
    const { data, errors } = await this.send(
      `mutation ($input: ${inputType}!) { ${name}(input: $input) { errors { code } } }`,
      { input },
    )
    return [...errors.map((error) => error.extensions.code), ...(data?.[name]?.errors ?? []).map((e: Json) => e.code)]
  }

  /** Deletes for good, and says with which codes that is refused. */
  async erase(type: 'Domain' | 'Mailbox', { id, version }: { id: string; version: number }): Promise<string[]> {
    const mutation = `mutation ($input: VersionedInput!) { payload: delete${type}(input: $input, permanently: true) { errors { code } } }`
    const { payload } = await this.query(mutation, { input: { id, version } })
    return payload.errors.map(({ code }: Json) => code)
  }

  async signIn(input: { email: string; password: string }): Promise<Json> {
    const payload = await this.mutate('signIn', input, 'viewer { packedRules administrator { id email role } }')
    if (payload.errors.length > 0) throw new Error(`signIn: ${JSON.stringify(payload.errors)}`)
    return payload.viewer
  }

  credentials(): Record<string, string> {
    return {
      ...(this.cookie && { cookie: this.cookie }),
      ...(this.token && { authorization: `Bearer ${this.token}` }),
    }
  }
}
