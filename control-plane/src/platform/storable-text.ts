/** Text that a PostgreSQL column can hold: no NUL, and no half of a surrogate pair, which UTF-8 has no form for. */
export const storableText = (text: string): string => Buffer.from(text).toString().replaceAll('\0', '\uFFFD')
