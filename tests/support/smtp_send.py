"""Sends messages with smtplib. stdin: {host, port, starttls, implicit, login, password, threads, retrySeconds, messages:
[{id, sender, recipients, body (base64)}]}; stdout: {id: {accepted: bool, unanswered: attempts cut off without an answer, reply}}.
A cut connection or a 4xx is tried again, as a mail server would, for retrySeconds. Each thread waits pauseSeconds after each message."""

import base64, json, queue, smtplib, ssl, sys, threading, time

job = json.load(sys.stdin)
work = queue.Queue()
for message in job["messages"]:
    work.put(message)
results = {}
insecure = ssl.create_default_context()
insecure.check_hostname = False
insecure.verify_mode = ssl.CERT_NONE


def connect():
    kind = smtplib.SMTP_SSL if job.get("implicit") else smtplib.SMTP
    extra = {"context": insecure} if job.get("implicit") else {}
    client = kind(job["host"], job["port"], local_hostname="client.example.org", timeout=60, **extra)
    client.ehlo()
    if job.get("starttls"):
        client.starttls(context=insecure)
        client.ehlo()
    if job.get("login"):
        client.login(job["login"], job["password"])
    return client


def transaction(client, message, state):
    body = base64.b64decode(message["body"])
    options = ["BODY=8BITMIME"] if any(octet > 127 for octet in body) else []
    code, reply = client.mail(message["sender"], options)
    if code != 250:
        raise smtplib.SMTPResponseException(code, reply)
    for recipient in message["recipients"]:
        code, reply = client.rcpt(recipient)
        if code not in (250, 251):
            raise smtplib.SMTPResponseException(code, reply)
    client.putcmd("data")
    code, reply = client.getreply()
    if code != 354:
        raise smtplib.SMTPResponseException(code, reply)
    # Not smtplib's quoting: it rewrites line ends, and these octets must arrive as they are.
    lines = body.split(b"\r\n")
    stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines)
    state["unanswered"] += 1
    client.send(stuffed + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n")
    code, reply = client.getreply()
    if code == -1:
        raise smtplib.SMTPServerDisconnected("no answer")
    state["unanswered"] -= 1
    if code != 250:
        raise smtplib.SMTPResponseException(code, reply)
    return reply.decode("utf-8", "replace")


def worker():
    client = None
    while True:
        try:
            message = work.get_nowait()
        except queue.Empty:
            break
        state = results[message["id"]] = {"accepted": False, "unanswered": 0, "reply": ""}
        deadline = time.time() + job.get("retrySeconds", 60)
        while not state["accepted"] and time.time() < deadline:
            try:
                client = client or connect()
                state["reply"] = transaction(client, message, state)
                state["accepted"] = True
                time.sleep(job.get("pauseSeconds", 0))
            except smtplib.SMTPAuthenticationError as error:
                client = None
                state["reply"] = str(error)
                if error.smtp_code >= 500:
                    break
                time.sleep(0.2)
            except smtplib.SMTPResponseException as error:
                state["reply"] = f"{error.smtp_code} {error.smtp_error!r}"
                try:
                    client.rset()
                except Exception:
                    client = None
                if error.smtp_code >= 500:
                    break
                time.sleep(0.2)
            except (OSError, smtplib.SMTPException) as error:
                client = None
                state["reply"] = repr(error)
                time.sleep(0.2)
    if client:
        try:
            client.quit()
        except Exception:
            pass


threads = [threading.Thread(target=worker) for _ in range(job.get("threads", 1))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
json.dump(results, sys.stdout)
