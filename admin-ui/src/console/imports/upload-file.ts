/** Sends a file to the server, which reads it whole and keeps it sealed until a job is made of it. */
import { fromPayload, type ApiError } from '../../graphql/api-error.ts'

interface Upload {
  id: string
  columns: string[]
  rowCount: number
}
type Answer = { upload: Upload } | { error: ApiError }

const noAnswer = (message: string): Answer => ({ error: { code: 'NETWORK', message, path: [], params: {} } })

export const isJsonLines = (name: string): boolean => /\.(jsonl|ndjson)$/i.test(name)

export async function uploadFile(body: Blob | string, jsonLines: boolean): Promise<Answer> {
  try {
    const response = await fetch('/imports', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': jsonLines ? 'application/x-ndjson' : 'text/csv' },
      body,
    })
    const { upload, errors } = (await response.json()) as {
      upload?: Upload
      errors?: { message: string; extensions: { code: ApiError['code']; params: { name: string; value: string }[] } }[]
    }
    if (upload) return { upload }
    const [first] = errors ?? []
    if (!first || first.extensions.code === 'NETWORK') return noAnswer(response.statusText)
    const { code, params } = first.extensions
    return { error: fromPayload({ code, message: first.message, path: null, params: params ?? [] }) }
  } catch (error) {
    return noAnswer(String(error))
  }
}
