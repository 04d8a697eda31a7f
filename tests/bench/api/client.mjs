/** A caller of the API over HTTP, with its session; whatever is refused is a failure of the bench. */
export class Client {
  #cookie = null

  constructor(url) {
    this.url = url
  }

  async query(query, variables = {}) {
    const response = await this.request('/graphql', 'application/json', JSON.stringify({ query, variables }))
    const set = response.headers.getSetCookie()[0]
    if (set) this.#cookie = set.split(';', 1)[0]
    const { data, errors } = await response.json()
    if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`)
    return data
  }

  request(path, type, body) {
    const headers = { 'content-type': type, ...(this.#cookie && { cookie: this.#cookie }) }
    return fetch(`${this.url}${path}`, { method: 'POST', headers, body })
  }

  async mutate(name, input, selection) {
    const type = `${name[0].toUpperCase()}${name.slice(1)}Input`
    const query = `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} errors { code message path } } }`
    const payload = (await this.query(query, { input }))[name]
    if (payload.errors.length > 0) throw new Error(`${name}: ${JSON.stringify(payload.errors)}`)
    return payload
  }

  signIn(credentials) {
    return this.mutate('signIn', credentials, 'viewer { administrator { id } }')
  }
}
