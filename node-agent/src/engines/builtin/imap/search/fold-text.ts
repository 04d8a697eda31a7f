/** Text as SEARCH compares it: without case (RFC 3501 section 6.4.4), composed, with each run of white space as one space. */
export const foldText = (text: string): string => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ')
