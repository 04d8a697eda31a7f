/** Golden dialogues over real sockets, with the real store behind them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ImapTestClient } from './test-support/imap-test-client.js'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture()
})
afterEach(() => fixture.close())

const message = (subject: string, body = 'Hello\r\n'): string =>
  `From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nSubject: ${subject}\r\n\r\n${body}`
const literal = (text: string): string => `{${Buffer.byteLength(text)}}\r\n${text}`
const append = (mailbox: string, text: string, before = ''): string => `APPEND ${mailbox} ${before}${literal(text)}`

describe('a session before sign-in', () => {
  it('offers no sign-in without TLS, and both afterwards', async () => {
    const client = await ImapTestClient.connect(fixture.plainPort, false)
    expect(client.greeting).toMatch(/^\* OK \[CAPABILITY IMAP4rev1 .*STARTTLS LOGINDISABLED/)
    expect((await client.command(`LOGIN alice@example.org ${fixture.password}`)).tagged).toMatch(
      /^NO \[PRIVACYREQUIRED\]/,
    )
    expect((await client.command('AUTHENTICATE PLAIN')).tagged).toMatch(/^NO \[PRIVACYREQUIRED\]/)
    await client.ok('STARTTLS')
    await client.upgrade()
    const [capability] = await client.ok('CAPABILITY')
    expect(capability).toContain('AUTH=PLAIN')
    expect(capability).not.toMatch(/STARTTLS|LOGINDISABLED/)
    await client.ok(`LOGIN alice@example.org ${fixture.password}`)
    client.destroy()
  })

  it('drops what came in plain text behind STARTTLS', async () => {
    const client = await ImapTestClient.connect(fixture.plainPort, false)
    client.send('a STARTTLS\r\nb CAPABILITY\r\n')
    expect(await client.response()).toMatch(/^a OK/)
    await client.upgrade()
    client.send('c NOOP\r\n')
    expect(await client.response()).toMatch(/^c OK/)
    client.destroy()
  })

  it('signs in by LOGIN, and by AUTHENTICATE PLAIN with and without an initial response', async () => {
    const plain = Buffer.from(`\0alice@example.org\0${fixture.password}`).toString('base64')
    const [first, second, third] = [await fixture.connect(), await fixture.connect(), await fixture.connect()]
    expect(
      (await first.command(`LOGIN {17}\r\nalice@example.org {${fixture.password.length}}\r\n${fixture.password}`))
        .tagged,
    ).toMatch(/^OK \[CAPABILITY IMAP4rev1 /)
    expect((await second.command(`AUTHENTICATE PLAIN ${plain}`)).tagged).toMatch(/^OK/)
    third.send('a AUTHENTICATE PLAIN\r\n')
    expect(await third.response()).toBe('+ ')
    third.send(`${plain}\r\n`)
    expect(await third.response()).toMatch(/^a OK/)
  })

  it('tells a wrong password and an unknown login alike, and hangs up after three', async () => {
    const client = await fixture.connect()
    const answers = [
      await client.command('LOGIN alice@example.org wrong'),
      await client.command('LOGIN nobody@example.org wrong'),
    ]
    expect(answers[0]!.tagged).toMatch(/^NO \[AUTHENTICATIONFAILED\]/)
    expect(answers[1]!.tagged).toBe(answers[0]!.tagged)
    await client.command('LOGIN alice@example.org wrong')
    expect(await client.response()).toMatch(/^\* BYE/)
    await client.end()
  })

  it('lets SASL be cancelled, and refuses another authorization identity', async () => {
    const client = await fixture.connect()
    client.send('a AUTHENTICATE PLAIN\r\n')
    await client.response()
    client.send('*\r\n')
    expect(await client.response()).toMatch(/^a BAD/)
    const other = Buffer.from(`bob\0alice@example.org\0${fixture.password}`).toString('base64')
    expect((await client.command(`AUTHENTICATE PLAIN ${other}`)).tagged).toMatch(/^NO \[AUTHORIZATIONFAILED\]/)
  })

  it('knows which commands its state allows', async () => {
    const client = await fixture.connect()
    for (const command of ['SELECT INBOX', 'LIST "" *', 'FETCH 1 FLAGS', 'IDLE', 'APPEND INBOX {5+}\r\nabcde'])
      expect((await client.command(command)).tagged).toMatch(/^BAD/)
    await client.ok(`LOGIN alice@example.org ${fixture.password}`)
    expect((await client.command('FETCH 1 FLAGS')).tagged).toMatch(/^BAD/)
    expect((await client.command('LOGIN alice@example.org x')).tagged).toMatch(/^BAD/)
  })

  it('takes no large literal', async () => {
    const client = await fixture.connect()
    expect((await client.command('LOGIN {2147483648}\r\n')).tagged).toMatch(/^BAD/)
    client.send('a LOGIN {2147483648+}\r\n')
    expect(await client.response()).toMatch(/^\* BYE/)
    await client.end()
  })

  it('hangs up on a line without end and on endless bad commands', async () => {
    const long = await fixture.connect()
    long.send('a'.repeat(70_000))
    expect(await long.response()).toMatch(/^\* BYE/)
    const bad = await fixture.connect()
    bad.send('x\r\n'.repeat(30))
    let last = ''
    while (!last.startsWith('* BYE')) last = await bad.response()
    await bad.end()
  })
})

describe('mailboxes', () => {
  it('lists the standard ones with their uses', async () => {
    const client = await fixture.signIn()
    const lines = await client.ok('LIST "" *')
    expect(lines).toContain('* LIST (\\HasNoChildren) "/" INBOX')
    expect(lines).toContain('* LIST (\\HasNoChildren \\Sent) "/" Sent')
    expect(await client.ok('LIST "" ""')).toEqual(['* LIST (\\Noselect) "/" ""'])
    expect(await client.ok('NAMESPACE')).toEqual(['* NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))'])
  })

  it('creates, subscribes, renames and deletes', async () => {
    const client = await fixture.signIn()
    await client.ok('CREATE "Kunden/M&APw-ller/2024"')
    await client.ok('SUBSCRIBE "Kunden/M&APw-ller/2024"')
    await client.ok('UNSUBSCRIBE "Kunden/M&APw-ller"')
    expect(await client.ok('LIST "" Kunden/%')).toEqual(['* LIST (\\HasChildren) "/" Kunden/M&APw-ller'])
    expect(await client.ok('LSUB "" Kunden/%')).toEqual(['* LSUB (\\Noselect) "/" Kunden/M&APw-ller'])
    expect((await client.command('CREATE inbox')).tagged).toMatch(/^NO \[ALREADYEXISTS\]/)
    await client.ok('RENAME Kunden Customers')
    expect(await client.ok('LIST "" "Customers/*/2024"')).toEqual([
      '* LIST (\\HasNoChildren) "/" Customers/M&APw-ller/2024',
    ])
    await client.ok('DELETE "Customers/M&APw-ller/2024"')
    expect((await client.command('DELETE "Customers/M&APw-ller/2024"')).tagged).toMatch(/^NO \[NONEXISTENT\]/)
    expect((await client.command('DELETE INBOX')).tagged).toMatch(/^NO/)
    expect((await client.command('SELECT "M&uller"')).tagged).toMatch(/^NO \[CANNOT\]/)
  })

  it('creates with a use, once', async () => {
    const client = await fixture.signIn()
    expect((await client.command('CREATE Other (USE (\\Sent))')).tagged).toMatch(/^NO \[USEATTR\]/)
    await client.ok('CREATE Important (USE (\\Flagged))')
    expect(await client.ok('LIST (SPECIAL-USE) "" I*')).toEqual(['* LIST (\\HasNoChildren \\Flagged) "/" Important'])
  })

  it('lists with status and by extended selection', async () => {
    const client = await fixture.signIn()
    await fixture.deliver(message('one'))
    expect(await client.ok('LIST "" (INBOX) RETURN (STATUS (MESSAGES UNSEEN) CHILDREN)')).toEqual([
      '* LIST (\\HasNoChildren) "/" INBOX',
      '* STATUS INBOX (MESSAGES 1 UNSEEN 1)',
    ])
    await client.ok('CREATE a/b')
    await client.ok('SUBSCRIBE a/b')
    await client.ok('UNSUBSCRIBE a')
    expect(await client.ok('LIST (SUBSCRIBED RECURSIVEMATCH) "" a')).toEqual([
      '* LIST (\\HasChildren) "/" a ("CHILDINFO" ("SUBSCRIBED"))',
    ])
    expect((await client.command('LIST (RECURSIVEMATCH) "" *')).tagged).toMatch(/^BAD/)
  })

  it('tells status', async () => {
    const client = await fixture.signIn()
    const text = message('one')
    await fixture.deliver(text)
    await client.ok(append('INBOX', text, '(\\Seen \\Deleted) '))
    const [line] = await client.ok(
      'STATUS inbox (MESSAGES UIDNEXT UNSEEN SIZE DELETED-STORAGE APPENDLIMIT HIGHESTMODSEQ)',
    )
    expect(line).toMatch(
      new RegExp(
        `^\\* STATUS INBOX \\(MESSAGES 2 UIDNEXT 3 UNSEEN 1 SIZE ${2 * text.length} ` +
          `DELETED-STORAGE ${text.length} APPENDLIMIT 8388608 HIGHESTMODSEQ \\d+\\)$`,
      ),
    )
    expect((await client.command('STATUS Nowhere (MESSAGES)')).tagged).toMatch(/^NO \[NONEXISTENT\]/)
  })

  it('tells quota', async () => {
    const client = await fixture.signIn()
    await fixture.deliver(message('one', 'x'.repeat(2900)))
    expect(await client.ok('GETQUOTAROOT INBOX')).toEqual(['* QUOTAROOT INBOX ""', '* QUOTA "" (STORAGE 3 1048576)'])
    expect(await client.ok('GETQUOTA ""')).toEqual(['* QUOTA "" (STORAGE 3 1048576)'])
    expect((await client.command('GETQUOTA other')).tagged).toMatch(/^NO \[NONEXISTENT\]/)
    fixture.apply({ ...fixture.mailbox, quotaBytes: null })
    expect(await client.ok('GETQUOTAROOT INBOX')).toEqual(['* QUOTAROOT INBOX'])
    fixture.apply({ ...fixture.mailbox, quotaBytes: 3200 })
    expect((await client.command(append('INBOX', message('two', 'x'.repeat(400))))).tagged).toMatch(/^NO \[OVERQUOTA\]/)
  })
})

describe('messages', () => {
  it('are selected with all that a client needs to know', async () => {
    const client = await fixture.signIn()
    await client.ok(append('INBOX', message('one'), '(\\Seen $Work) '))
    await fixture.deliver(message('two'))
    const { untagged, tagged } = await client.command('SELECT INBOX')
    expect(tagged).toMatch(/^OK \[READ-WRITE\]/)
    expect(
      untagged.map((line) =>
        line.replace(/UIDVALIDITY \d+|HIGHESTMODSEQ \d+|MAILBOXID \(M\d+\)/, (text) => text.split(' ')[0]!),
      ),
    ).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work)',
      '* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Work \\*)] Flags that are kept',
      '* 2 EXISTS',
      '* OK [UNSEEN 2] First unseen message',
      '* OK [UIDVALIDITY] UIDs are valid',
      '* OK [UIDNEXT 3] Predicted next UID',
      '* OK [HIGHESTMODSEQ] Highest modification sequence',
      '* OK [MAILBOXID] Identifier of the mailbox',
    ])
    expect((await client.command('SELECT Nowhere')).tagged).toMatch(/^NO \[NONEXISTENT\]/)
    expect((await client.command('FETCH 1 FLAGS')).tagged).toMatch(/^BAD/)
  })

  it('go in and come out the same, octet for octet', async () => {
    const client = await fixture.signIn()
    const octets = message('one', `${String.fromCharCode(...Array.from({ length: 255 }, (_, n) => n + 1))}\r\n`)
    const buffer = Buffer.from(octets, 'latin1')
    const tagged = await client.command(`APPEND INBOX "17-Jul-1996 02:44:25 -0700" {${buffer.length}}\r\n${octets}`)
    expect(tagged.tagged).toMatch(/^OK \[APPENDUID \d+ 1\]/)
    await client.ok('SELECT INBOX')
    expect(await client.ok('FETCH 1 (BODY.PEEK[] INTERNALDATE RFC822.SIZE)')).toEqual([
      `* 1 FETCH (BODY[] {${buffer.length}}\r\n${octets} INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822.SIZE ${buffer.length})`,
    ])
  })

  it('are streamed through a file when large', async () => {
    const client = await fixture.signIn()
    const octets = message('large', 'All work and no play.\r\n'.repeat(30_000))
    client.send(`a APPEND INBOX {${octets.length}+}\r\n${octets}\r\nb SELECT INBOX\r\n`)
    expect(await client.response()).toMatch(/^a OK \[APPENDUID/)
    while (!(await client.response()).startsWith('b OK'));
    const [response] = await client.ok('FETCH 1 BODY.PEEK[]')
    expect(response).toBe(`* 1 FETCH (BODY[] {${octets.length}}\r\n${octets})`)
    const [part] = await client.ok('FETCH 1 BODY.PEEK[]<100000.50>')
    expect(part).toBe(`* 1 FETCH (BODY[]<100000> {50}\r\n${octets.slice(100_000, 100_050)})`)
    expect(await client.ok('FETCH 1 BODY.PEEK[]<9999999.5>')).toEqual(['* 1 FETCH (BODY[]<9999999> {0}\r\n)'])
  })

  it('leave commands pipelined behind them intact', async () => {
    const client = await fixture.signIn()
    const [one, two] = [message('one'), message('two')]
    client.send(
      `a APPEND INBOX {${one.length}+}\r\n${one}\r\nb APPEND INBOX {${two.length}+}\r\n${two}\r\nc STATUS INBOX (MESSAGES)\r\n`,
    )
    expect(await client.response()).toMatch(/^a OK/)
    expect(await client.response()).toMatch(/^b OK/)
    expect(await client.response()).toBe('* STATUS INBOX (MESSAGES 2)')
    await client.response()
    await client.ok('SELECT INBOX')
    expect(await client.ok('FETCH 1:2 BODY.PEEK[]')).toEqual([
      `* 1 FETCH (BODY[] {${one.length}}\r\n${one})`,
      `* 2 FETCH (BODY[] {${two.length}}\r\n${two})`,
    ])
  })

  it('are refused before they are sent where they cannot be taken', async () => {
    const client = await fixture.signIn()
    expect((await client.command(append('Nowhere', message('x')))).tagged).toMatch(/^NO \[TRYCREATE\]/)
    expect((await client.command('APPEND INBOX {9000000}\r\n')).tagged).toMatch(/^NO \[TOOBIG\]/)
    expect((await client.command('APPEND INBOX {0}\r\n')).tagged).toMatch(/^NO \[CANNOT\]/)
    expect((await client.command(append('INBOX', 'a\0b'))).tagged).toMatch(/^NO \[CANNOT\]/)
    expect((await client.command(append('INBOX', 'x', '(\\Recent) '))).tagged).toMatch(/^BAD/)
    expect((await client.command(append('INBOX', 'x', '"31-Feb-2024 00:00:00 +0000" '))).tagged).toMatch(/^BAD/)
    expect(await client.ok('STATUS INBOX (MESSAGES)')).toEqual(['* STATUS INBOX (MESSAGES 0)'])
  })

  it('become \\Seen by reading, not by peeking or in a read-only mailbox', async () => {
    const client = await fixture.signIn()
    for (const subject of ['1', '2', '3']) await fixture.deliver(message(subject))
    await client.ok('EXAMINE INBOX')
    expect((await client.ok('FETCH 1 BODY[TEXT]'))[0]).not.toContain('FLAGS')
    expect((await client.command('STORE 1 +FLAGS (\\Seen)')).tagged).toMatch(/^NO \[READ-ONLY\]/)
    await client.ok('SELECT INBOX')
    expect(await client.ok('FETCH 1 BODY.PEEK[TEXT]')).toEqual(['* 1 FETCH (BODY[TEXT] {7}\r\nHello\r\n)'])
    expect(await client.ok('FETCH 1 RFC822.HEADER')).not.toContain('FLAGS')
    expect(await client.ok('FETCH 1 BODY[TEXT]')).toEqual(['* 1 FETCH (BODY[TEXT] {7}\r\nHello\r\n FLAGS (\\Seen))'])
    expect(await client.ok('FETCH 2 (FLAGS RFC822.TEXT)')).toEqual([
      '* 2 FETCH (FLAGS (\\Seen) RFC822.TEXT {7}\r\nHello\r\n)',
    ])
    expect(await client.ok('FETCH 1:* FLAGS')).toEqual([
      '* 1 FETCH (FLAGS (\\Seen))',
      '* 2 FETCH (FLAGS (\\Seen))',
      '* 3 FETCH (FLAGS ())',
    ])
  })

  it('show chosen header fields', async () => {
    const client = await fixture.signIn()
    await fixture.deliver('Subject: a\r\n folded\r\nX-One: 1\r\nsubject: b\r\nTo: me\r\n\r\nbody\r\n')
    await client.ok('SELECT INBOX')
    const fields = 'Subject: a\r\n folded\r\nsubject: b\r\n\r\n'
    expect(await client.ok('FETCH 1 BODY.PEEK[HEADER.FIELDS (subject "Date")]')).toEqual([
      `* 1 FETCH (BODY[HEADER.FIELDS (SUBJECT DATE)] {${fields.length}}\r\n${fields})`,
    ])
    const others = 'X-One: 1\r\nTo: me\r\n\r\n'
    expect(await client.ok('UID FETCH 1 BODY.PEEK[HEADER.FIELDS.NOT (SUBJECT)]<2.4>')).toEqual([
      `* 1 FETCH (UID 1 BODY[HEADER.FIELDS.NOT (SUBJECT)]<2> {4}\r\n${others.slice(2, 6)})`,
    ])
  })

  it('change flags', async () => {
    const client = await fixture.signIn()
    for (const subject of ['1', '2', '3']) await fixture.deliver(message(subject))
    await client.ok('SELECT INBOX')
    expect(await client.ok('STORE 1,3 +FLAGS (\\seen $Label1)')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Label1)',
      '* 1 FETCH (FLAGS (\\Seen $Label1))',
      '* 3 FETCH (FLAGS (\\Seen $Label1))',
    ])
    expect(await client.ok('UID STORE 1 -FLAGS \\Seen')).toEqual(['* 1 FETCH (UID 1 FLAGS ($Label1))'])
    expect(await client.ok('STORE 2 FLAGS.SILENT (\\Flagged)')).toEqual([])
    expect(await client.ok('STORE 2 +FLAGS (\\Flagged)')).toEqual(['* 2 FETCH (FLAGS (\\Flagged))'])
    expect((await client.command('STORE 4 +FLAGS (\\Seen)')).tagged).toMatch(/^BAD/)
    expect((await client.command('STORE 1 +FLAGS (\\Recent)')).tagged).toMatch(/^BAD/)
    expect(await client.ok('UID STORE 900 +FLAGS (\\Seen)')).toEqual([])
  })

  it('are copied, moved and expunged', async () => {
    const client = await fixture.signIn()
    for (const subject of ['1', '2', '3', '4']) await fixture.deliver(message(subject))
    await client.ok('SELECT INBOX')
    expect((await client.command('COPY 1:2 Archive')).tagged).toMatch(/^OK \[COPYUID \d+ 1:2 1:2\]/)
    expect((await client.command('COPY 1:2 Nowhere')).tagged).toMatch(/^NO \[TRYCREATE\]/)
    const moved = await client.command('UID MOVE 3 Trash')
    expect(moved.untagged[0]).toMatch(/^\* OK \[COPYUID \d+ 3 1\]/)
    expect(moved.untagged.slice(1)).toEqual(['* 3 EXPUNGE'])
    await client.ok('STORE 1:3 +FLAGS.SILENT (\\Deleted)')
    expect(await client.ok('UID EXPUNGE 2')).toEqual(['* 2 EXPUNGE'])
    expect(await client.ok('EXPUNGE')).toEqual(['* 2 EXPUNGE', '* 1 EXPUNGE'])
    expect(await client.ok('STATUS Archive (MESSAGES)')).toEqual(['* STATUS Archive (MESSAGES 2)'])
  })

  it('marked deleted go with CLOSE and stay with UNSELECT', async () => {
    const client = await fixture.signIn()
    for (const subject of ['1', '2']) await fixture.deliver(message(subject))
    await client.ok('SELECT INBOX')
    await client.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await client.ok('UNSELECT')
    expect(await client.ok('STATUS INBOX (MESSAGES)')).toEqual(['* STATUS INBOX (MESSAGES 2)'])
    await client.ok('SELECT INBOX')
    expect(await client.ok('CLOSE')).toEqual([])
    expect(await client.ok('STATUS INBOX (MESSAGES)')).toEqual(['* STATUS INBOX (MESSAGES 1)'])
  })
})

describe('a session that loses its right', () => {
  it('ends when its mailbox, its domain or the node is suspended, it is removed, or its password changes', async () => {
    const { mailbox, directory } = fixture
    const domain = directory.domainById('domain')!
    const node = directory.settings()
    for (const [lose, restore] of [
      [() => fixture.apply({ ...mailbox, status: 'SUSPENDED' }), () => fixture.apply(mailbox)],
      [() => fixture.apply({ ...domain, status: 'SUSPENDED' }), () => fixture.apply(domain)],
      [() => fixture.apply({ ...node, status: 'SUSPENDED' }), () => fixture.apply(node)],
      [() => fixture.apply({ ...mailbox, passwordHash: 'other' }), () => fixture.apply(mailbox)],
      [() => fixture.remove(mailbox), () => fixture.apply(mailbox)],
    ] as const) {
      const client = await fixture.signIn()
      await client.ok('SELECT INBOX')
      client.send('a IDLE\r\n')
      await client.response()
      lose()
      expect(await client.response()).toMatch(/^\* BYE/)
      await client.end()
      restore()
    }
  })

  it('stays when something else of its mailbox changes', async () => {
    const client = await fixture.signIn()
    fixture.apply({ ...fixture.mailbox, displayName: 'Alice Liddell' })
    await client.ok('NOOP')
  })

  it('hears BYE at shut-down', async () => {
    const client = await fixture.signIn()
    const closing = fixture.server.close(2_000)
    expect(await client.response()).toMatch(/^\* BYE/)
    await closing
  })
})
