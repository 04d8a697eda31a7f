/**
 * `POST /imports`: takes in a file as it comes, with a limit of its own, and answers with its id, its columns and how many rows it has.
 * What becomes of them `startImport` says. Neither of the two content types is one that a browser sends to another site unasked.
 */
import type { Request, Response } from 'express'
import { findViewer, presentedCredential, type Reached, type Viewer } from '../access/index.js'
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'
import { retryAfterOf, type RequestBudget } from '../platform/graphql/request-budget.js'
import { AtOnce } from '../platform/http/at-once.js'
import { clientAddress } from '../platform/http/client-address.js'
import type { Endpoint } from '../platform/http/endpoint.js'
import type { Secrets } from '../platform/secrets/index.js'
import { keepUpload } from './keep-upload.js'
import { readCsv } from './read-csv.js'
import { readJsonLines } from './read-json-lines.js'
import { decodeText, UploadError } from './text-lines.js'
import { maxUploadBytes, uploadCost, uploadsAtOnce } from './upload-limits.js'

const readers = { 'text/csv': readCsv, 'application/x-ndjson': readJsonLines, 'application/jsonl': readJsonLines }

interface UploadOptions {
  database: Database
  secrets: Secrets
  reached: Reached
  budget: RequestBudget
}

export function createUploadEndpoint(options: UploadOptions): Endpoint {
  const atOnce = new AtOnce(uploadsAtOnce)
  const receive = async (request: Request, response: Response): Promise<void> => {
    const viewer = await findViewer(options.database, presentedCredential(request, options.reached))
    requireUploader(viewer)
    const address = clientAddress(request, options.reached.trustedProxies)
    const spend = (rows: number) => options.budget.spend(viewer.administratorId, address, rows)
    await spend(uploadCost)
    await atOnce.run(viewer.administratorId, async () => {
      const text = decodeText(request, maxUploadBytes)
      const reader = await readerOf(request)(text)
      response.json({ upload: await keepUpload({ ...options, spend }, viewer, reader) })
    })
  }
  return {
    path: '/imports',
    handler: (request, response, next) => {
      receive(request, response).catch((error: unknown) => {
        if (!refuse(response, error)) next(error)
      })
    },
  }
}

/** Whoever may start jobs somewhere. */
function requireUploader(viewer: Viewer | null): asserts viewer is Viewer {
  if (!viewer) throw new ExpectedError('UNAUTHENTICATED')
  if (viewer.mustEnrol) throw new ExpectedError('TWO_FACTOR_REQUIRED')
  if (!viewer.ability.can('create', 'Job')) throw new ExpectedError('FORBIDDEN')
}

function readerOf(request: Request): typeof readCsv {
  if (request.method !== 'POST') throw new UploadError('Files are uploaded by POST.')
  const [type, ...parameters] = (request.headers['content-type'] ?? '').toLowerCase().split(';')
  const reader = readers[type!.trim() as keyof typeof readers]
  if (!reader) throw new UploadError('The content type must be text/csv or application/x-ndjson.', null, 415)
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='))
  if (charset && !/^charset="?(utf-8|us-ascii)"?$/.test(charset))
    throw new UploadError('The charset must be UTF-8.', null, 415)
  // A compressed file of some kilobytes may be gigabytes.
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new UploadError('The file must not be compressed.', null, 415)
  }
  return reader
}

const statusOf: Partial<Record<string, number>> = { UNAUTHENTICATED: 401, RATE_LIMITED: 429 }

/** In the form that all errors of the API have. False: it is nothing that a caller may be told. */
function refuse(response: Response, error: unknown): boolean {
  const expected = error instanceof ExpectedError
  if (!expected && !(error instanceof UploadError)) return false
  const code = expected ? error.code : 'INVALID_INPUT'
  const status = expected ? (statusOf[error.code] ?? 403) : error.status
  const ofLine = expected || error.line === null ? [] : [{ name: 'line', value: String(error.line) }]
  const params = expected ? error.params : ofLine
  if (status === 429) response.setHeader('retry-after', retryAfterOf(error as ExpectedError))
  // What is left of the file is not read.
  response.setHeader('connection', 'close')
  response.status(status).json({ errors: [{ message: error.message, extensions: { code, params } }] })
  return true
}
