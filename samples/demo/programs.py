"""Mail programs: SMTP submission and IMAP from any address in the world, by what Postfix and Dovecot let loopback
claim (XCLIENT; ID "x-originating-ip")."""
import imaplib
import smtplib
import ssl

imaplib.Commands["ID"] = ("NONAUTH", "AUTH", "SELECTED")


class Programs:
    """Opens sessions with the mail system that has this certificate and these ports of loopback."""

    def __init__(self, certificate, submission, imaps):
        self.submission, self.imaps = submission, imaps
        # one for all: making it costs more than a session
        self.tls = ssl.create_default_context(cafile=certificate)

    def smtp(self, login, password, place, helo="pc.local.test"):
        """A session that is logged in; smtplib.SMTPException or OSError when it is refused."""
        name, address = place
        session = smtplib.SMTP("127.0.0.1", self.submission, local_hostname=helo, timeout=60)
        try:
            session.ehlo()
            code, text = session.docmd("XCLIENT", f"NAME={name or '[UNAVAILABLE]'} ADDR={address}")
            if code != 220:
                raise smtplib.SMTPResponseException(code, text)
            session.ehlo()
            session.starttls(context=self.tls)
            session.ehlo()
            session.user, session.password = login, password
            session.auth("PLAIN", session.auth_plain)
            return session
        except BaseException:
            session.close()
            raise

    def imap(self, login, password, address):
        """A session that is logged in; imaplib.IMAP4.error when it is refused."""
        session = imaplib.IMAP4_SSL("127.0.0.1", self.imaps, ssl_context=self.tls, timeout=60)
        try:
            session._simple_command("ID", f'("x-originating-ip" "{address}")')
            session.login(login, password)
            return session
        except BaseException:
            session.shutdown()
            raise


def letter(login, recipients, subject, message_id, text="Hello,\r\nsee you on Monday.\r\n"):
    shown = ", ".join(recipients[:3])
    return (f"From: <{login}>\r\nTo: {shown}\r\nSubject: {subject}\r\nMessage-ID: {message_id}\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n{text}")
