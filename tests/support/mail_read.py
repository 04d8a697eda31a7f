"""Reads whole mailboxes. stdin: {protocol: imap|pop3, host, port, implicit, mailbox, accounts: [{login, password}]};
stdout: {login: [{uid, body (base64)}]}."""

import base64, imaplib, json, poplib, ssl, sys

job = json.load(sys.stdin)
insecure = ssl.create_default_context()
insecure.check_hostname = False
insecure.verify_mode = ssl.CERT_NONE
poplib._MAXLINE = 1 << 20


def by_imap(account):
    if job["implicit"]:
        client = imaplib.IMAP4_SSL(job["host"], job["port"], ssl_context=insecure)
    else:
        client = imaplib.IMAP4(job["host"], job["port"])
        client.starttls(insecure)
    client.login(account["login"], account["password"])
    status, _ = client.select(job.get("mailbox", "INBOX"), readonly=True)
    assert status == "OK"
    status, data = client.uid("SEARCH", "ALL")
    messages = []
    uids = data[0].split()
    for start in range(0, len(uids), 50):
        status, parts = client.uid("FETCH", b",".join(uids[start : start + 50]).decode(), "(UID BODY.PEEK[])")
        assert status == "OK"
        for part in parts:
            if isinstance(part, tuple):
                uid = part[0].split(b"UID ")[1].split()[0].decode()
                messages.append({"uid": uid, "body": base64.b64encode(part[1]).decode()})
    client.logout()
    return messages


def by_pop3(account):
    if job["implicit"]:
        client = poplib.POP3_SSL(job["host"], job["port"], context=insecure)
    else:
        client = poplib.POP3(job["host"], job["port"])
        client.stls(insecure)
    client.user(account["login"])
    client.pass_(account["password"])
    _, listing, _ = client.uidl()
    messages = []
    for line in listing:
        number, uid = line.split()
        _, lines, _ = client.retr(int(number))
        body = b"".join(part + b"\r\n" for part in lines)
        messages.append({"uid": uid.decode(), "body": base64.b64encode(body).decode()})
    client.quit()
    return messages


read = by_imap if job["protocol"] == "imap" else by_pop3
json.dump({account["login"]: read(account) for account in job["accounts"]}, sys.stdout)
