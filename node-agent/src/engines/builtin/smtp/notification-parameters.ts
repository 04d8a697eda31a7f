/** The parameters of MAIL and RCPT that ask for notifications (RFC 3461 section 4), and for TLS all the way (RFC 8689). */
import type { MessageRequest, RecipientRequest } from '../queue/notification-request.js'
import type { PathCommand } from './path-command.js'
import { SmtpError } from './smtp-error.js'

const xtext = /^(?:[\x21-\x2a\x2c-\x3c\x3e-\x7e]|\+[0-9A-F]{2})+$/
/** RFC 6533 section 3: an address of type utf-8 may have more, all of it visible. */
const utf8Xtext = /^[^\u0000-\u0020\u007f-\u009f]+$/
const maxEnvelopeId = 100
const maxOriginalRecipient = 500
const conditions = ['SUCCESS', 'FAILURE', 'DELAY']

export function messageRequest(args: PathCommand['args']): MessageRequest {
  const { RET: ret, ENVID: envelopeId, REQUIRETLS: requireTls } = args || {}
  if (requireTls !== undefined && requireTls !== true) throw new SmtpError(501, '5.4', 'REQUIRETLS takes no value')
  const tls = requireTls ? 'REQUIRED' : null
  const wanted = ret === undefined ? null : String(ret).toUpperCase()
  if (wanted !== null && wanted !== 'FULL' && wanted !== 'HDRS') throw new SmtpError(501, '5.4', 'RET is FULL or HDRS')
  if (envelopeId === undefined) return { ret: wanted, envelopeId: null, tls }
  if (envelopeId === true || envelopeId.length > maxEnvelopeId || !xtext.test(envelopeId))
    throw new SmtpError(501, '5.4', `ENVID takes xtext of at most ${maxEnvelopeId} characters`)
  return { ret: wanted, envelopeId, tls }
}

export function recipientRequest(args: PathCommand['args']): RecipientRequest {
  const { NOTIFY: notify, ORCPT: original } = args || {}
  const wanted = notify === undefined ? null : String(notify).toUpperCase()
  const list = wanted?.split(',') ?? []
  const proper = list.every((one) => conditions.includes(one)) && new Set(list).size === list.length
  if (wanted !== null && wanted !== 'NEVER' && !proper)
    throw new SmtpError(501, '5.4', 'NOTIFY is NEVER or a list of SUCCESS, FAILURE and DELAY')
  if (original === undefined) return { notify: wanted, originalRecipient: null }
  const [, type, address] = /^([A-Za-z0-9-]{1,40});(.+)$/.exec(String(original)) ?? []
  const form = type?.toLowerCase() === 'utf-8' ? utf8Xtext : xtext
  if (address === undefined || String(original).length > maxOriginalRecipient || !form.test(address))
    throw new SmtpError(501, '5.4', 'ORCPT takes an address type, a semicolon and an address as xtext')
  return { notify: wanted, originalRecipient: String(original) }
}
