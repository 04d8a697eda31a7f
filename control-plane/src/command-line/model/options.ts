/** Options that every command has. */

export interface OptionDescription {
  name: string
  short?: string
  /** What stands for the value in help; null: it takes none. */
  value: string | null
  description: string
}

export const generalOptions: OptionDescription[] = [
  { name: 'output', short: 'o', value: 'FORMAT', description: 'table (without: for people), json, jsonl or csv' },
  { name: 'fields', value: 'LIST', description: 'what to show: id,name,domain.tenant.name' },
  { name: 'input', value: 'FILE', description: 'JSON that the flags are laid over; - is standard input' },
  { name: 'clear', value: 'FIELD', description: 'set this field to null (may be repeated)' },
  { name: 'utc', value: null, description: 'show times in UTC in place of local time' },
  { name: 'idempotency-key', value: 'KEY', description: 'of a change that is sent again; without: a new one' },
  { name: 'timeout', value: 'SECONDS', description: 'for one request; 60 without' },
  { name: 'profile', value: 'NAME', description: 'whose server and token; else MAILFLEET_PROFILE, else "default"' },
  { name: 'url', value: 'URL', description: 'the server; else MAILFLEET_URL, else the profile’s' },
  { name: 'allow-http', value: null, description: 'send the token in clear to a host that is not this one' },
  { name: 'help', short: 'h', value: null, description: 'show this' },
]

export const listOptions: OptionDescription[] = [
  { name: 'first', value: 'N', description: 'how many, at most 200; 50 without' },
  { name: 'after', value: 'CURSOR', description: 'go on behind this cursor' },
  { name: 'last', value: 'N', description: 'backwards' },
  { name: 'before', value: 'CURSOR', description: 'backwards from this cursor' },
  { name: 'all', value: null, description: 'all pages, one after the other' },
]

export const watchOptions: OptionDescription[] = [{ name: 'limit', value: 'N', description: 'end after so many' }]
