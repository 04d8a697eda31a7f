/** The GraphQL API as a script uses it: HTTP with a bearer token or a cookie. */
export interface GraphQLResult<Data> {
  data?: Data | null
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[]
}

export class Api {
  private cookie: string | undefined
  private token: string | undefined

  constructor(readonly baseUrl: string) {}

  async raw<Data = Record<string, never>>(query: string, variables: object = {}): Promise<GraphQLResult<Data>> {
    const response = await fetch(`${this.baseUrl}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.cookie && { cookie: this.cookie }),
        ...(this.token && { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
    })
    const cookie = response.headers.getSetCookie()[0]
    if (cookie) this.cookie = cookie.split(';')[0]
    return (await response.json()) as GraphQLResult<Data>
  }

  /** The data; throws what went wrong, a payload's `errors` included. */
  async run<Data>(query: string, variables: object = {}): Promise<Data> {
    const { data, errors } = await this.raw<Data>(query, variables)
    if (errors?.length || !data) throw new Error(JSON.stringify(errors ?? 'no data'))
    for (const payload of Object.values(data as Record<string, { errors?: unknown[] } | null>))
      if (payload?.errors?.length) throw new Error(JSON.stringify(payload.errors))
    return data
  }

  async signIn({ email, password }: { email: string; password: string }): Promise<void> {
    await this.run('mutation ($input: SignInInput!) { signIn(input: $input) { errors { code message } } }', {
      input: { email, password },
    })
  }

  /** Another client of the same administrator, with a bearer token instead of the cookie. */
  async withToken(name: string): Promise<Api> {
    const { createApiToken } = await this.run<{ createApiToken: { secret: string } }>(
      'mutation ($input: CreateApiTokenInput!) { createApiToken(input: $input) { secret errors { code message } } }',
      { input: { name } },
    )
    const api = new Api(this.baseUrl)
    api.token = createApiToken.secret
    return api
  }

  get authorization(): string {
    return `Bearer ${this.token}`
  }

  /** `create<Type>` with the id selected, and what else is asked for. */
  async create<Fields = object>(type: string, input: object, fields = 'version'): Promise<{ id: string } & Fields> {
    const field = `${type[0]!.toLowerCase()}${type.slice(1)}`
    const data = await this.run<Record<string, Record<string, { id: string } & Fields>>>(
      `mutation ($input: Create${type}Input!) { create${type}(input: $input) { ${field} { id ${fields} } errors { code message path } } }`,
      { input },
    )
    return data[`create${type}`]![field]!
  }
}
