/**
 * Where streams begin again under a new name. Two accidents ask for it: a control plane that was restored from a backup lacks events
 * that this node has shipped and removed, and takes no batch after such a gap; a node that was restored from one gives
 * sequences a second time, and the control plane would take what it tells for repeats.
 */
import { existsSync, readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { replaceFile } from '../durable/replace-file.js'

const restart = z.object({ name: z.string(), base: z.number().int().nonnegative() })
const stored = z.record(z.string(), restart)

/** `base`: the last sequence of the outbox that is not part of the stream. */
export type StreamBase = z.infer<typeof restart>

export class StreamBases {
  private readonly bases: Record<string, StreamBase>

  constructor(private readonly path: string) {
    this.bases = existsSync(path) ? stored.parse(JSON.parse(readFileSync(path, 'utf8'))) : {}
  }

  of(stream: string): StreamBase {
    return this.bases[stream] ?? { name: stream, base: 0 }
  }

  /** Durable before the new name is used. */
  beginAgain(stream: string, base: number): StreamBase {
    const begun = { name: `${stream}/${randomUUID().slice(0, 8)}`, base }
    this.bases[stream] = begun
    replaceFile(this.path, `${JSON.stringify(this.bases)}\n`)
    return begun
  }
}
