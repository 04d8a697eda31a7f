/**
 * The fields by which programs know a message from a group (RFC 2369, RFC 2919): where to write, whom to ask, and that nobody answers it
 * by itself (RFC 3834 section 2). They go in front of the message, which is else left as it is, and so its signatures hold.
 */
import type { GroupResource } from '@mailfleet/schema'
import { domainOf, groupOwnerAddress, localPartOf } from '@mailfleet/schema'

/** RFC 2919 section 2: a name below the group's domain. A label is ASCII; the id stands for local parts that are not. */
export function listIdOf({ id, address }: Pick<GroupResource, 'id' | 'address'>): string {
  const label = localPartOf(address)
  return `${/^[\x21-\x7e]+$/.test(label) ? label : id}.${domainOf(address)}`
}

export function listFields(group: GroupResource): Buffer {
  const owner = mailto(groupOwnerAddress(group.address))
  const name = phrase(group.name)
  return Buffer.from(
    [
      `List-Id: ${name === '' ? '' : `${name} `}<${listIdOf(group)}>`,
      `List-Post: <${mailto(group.address)}>`,
      `List-Owner: <${owner}>`,
      `List-Help: <${owner}?subject=help>`,
      `List-Unsubscribe: <${owner}?subject=unsubscribe>`,
      'Precedence: list',
      '',
    ].join('\r\n'),
  )
}

/** Fields of which a message has at most one each (RFC 2369 section 4), and which name the list that it came from last. */
export const isListField = (name: string): boolean =>
  name === 'precedence' || /^list-(id|post|owner|help|unsubscribe|unsubscribe-post|subscribe|archive)$/.test(name)

/** RFC 6068: what is no plain character of an address is written in octets. */
const mailto = (address: string): string =>
  `mailto:${encodeURIComponent(localPartOf(address)).replaceAll("'", '%27')}@${domainOf(address)}`

/** A name as RFC 5322 section 3.2.5 has it, or as RFC 2047 encoded words, none longer than they may be. */
function phrase(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return name === '' ? '' : `"${name.replace(/["\\]/g, '\\$&')}"`
  const words: string[] = []
  let word = ''
  for (const character of name) {
    if (Buffer.byteLength(word + character) > 42) {
      words.push(word)
      word = ''
    }
    word += character
  }
  return [...words, word].map((each) => `=?UTF-8?B?${Buffer.from(each).toString('base64')}?=`).join('\r\n ')
}
