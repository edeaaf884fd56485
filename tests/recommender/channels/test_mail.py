"""E-mail, through a server on this machine."""

import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.channels.letters import Permanent, Sent, Temporary
from recommender.channels.mail import LONGEST_TITLE, Mail, SmtpSettings, write
from recommender.channels.notes import Note
from tests.channels.mail_server import PASSWORD, USER, MailServer, mail_server

PLAIN = SmtpSettings("127.0.0.1", 0, "huiqi@example.cn", security="none")
UNSUBSCRIBE = "https://huiqi.example.cn/unsubscribe/" + "gAAAAAB" * 60
NOTE = Note("1-a", "wang@example.com", "有一项新的可享政策", ("第一行。", "第二行。"), "https://site/x", UNSUBSCRIBE)


def to(server: MailServer) -> Mail:
    return Mail(replace(PLAIN, port=server.port))


def certificate(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and a server's context with it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / "public.pem", folder / "private.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(public, private)
    return public, context


def test_a_note_arrives_as_plain_text_with_a_way_out() -> None:
    with mail_server() as server:
        (sent,) = to(server).deliver([NOTE])
    assert isinstance(sent, Sent)
    (message,) = server.messages
    assert message["Subject"] == "有一项新的可享政策"
    assert message["To"] == "wang@example.com"
    assert message["List-Unsubscribe"] == f"<{UNSUBSCRIBE}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Message-ID"] == sent.reference
    assert message.get_content_type() == "text/plain"
    body = message.get_content()
    assert "第一行。\n第二行。" in body.replace("\r\n", "\n")
    assert "https://site/x" in body
    assert UNSUBSCRIBE in body
    # One line, in plain letters: mail programs that look for it find it.
    assert f"List-Unsubscribe: <{UNSUBSCRIBE}>\r\n".encode() in server.taken[0][2]


def test_the_same_note_has_the_same_id_and_another_has_another() -> None:
    first, again, other = (write(each, PLAIN)["Message-ID"] for each in (NOTE, NOTE, replace(NOTE, id="2-a")))
    assert first == again != other


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=4))
def test_no_text_adds_a_header(title: str, lines: list[str]) -> None:
    note = replace(NOTE, title=title, lines=tuple(line.encode(errors="replace").decode() for line in lines))
    note = replace(note, title=note.title.encode(errors="replace").decode())
    text = write(note, PLAIN).as_bytes()
    heads = [
        line.split(b":")[0] for line in text.partition(b"\r\n\r\n")[0].split(b"\r\n") if line[:1] not in (b" ", b"\t")
    ]
    assert sorted(heads) == sorted(
        [
            *(b"Subject", b"From", b"To", b"Message-ID", b"Auto-Submitted", b"List-Unsubscribe"),
            *(b"List-Unsubscribe-Post", b"Content-Type", b"Content-Transfer-Encoding", b"MIME-Version"),
        ]
    )


@pytest.mark.parametrize("bad", ["\r\nBcc: a@b.cn", "\n\nBody", "\x00", "\u2028X: y", "\x85X: y"])
def test_a_title_cannot_begin_a_new_line(bad: str) -> None:
    message = write(replace(NOTE, title=f"标题{bad}"), PLAIN)
    assert len(message["Subject"].splitlines()) == 1
    assert message["Bcc"] is None


def test_a_long_title_is_cut() -> None:
    assert len(write(replace(NOTE, title="长" * 999), PLAIN)["Subject"]) == LONGEST_TITLE


def test_an_address_that_is_none_harms_only_itself() -> None:
    with mail_server() as server:
        server.refuse = {"no@example.com": "550 no such person", "full@example.com": "452 full"}
        outcomes = to(server).deliver(
            [NOTE, replace(NOTE, address="no@example.com"), replace(NOTE, address="full@example.com"), NOTE]
        )
    assert [type(each) for each in outcomes] == [Sent, Permanent, Temporary, Sent]
    assert "no@example.com" not in str(outcomes[1])
    assert server.connections == 1


@pytest.mark.parametrize(("answer", "kind"), [("554 spam", Permanent), ("451 later", Temporary)])
def test_a_message_that_is_not_taken(answer: str, kind: type) -> None:
    with mail_server() as server:
        server.then = answer
        assert isinstance(to(server).deliver([NOTE])[0], kind)


def test_after_a_broken_connection_the_next_note_has_a_new_one() -> None:
    with mail_server() as server:
        server.drop = 1
        outcomes = to(server).deliver([NOTE, NOTE])
    assert [type(each) for each in outcomes] == [Temporary, Sent]


def test_nobody_there() -> None:
    with mail_server() as server:
        port = server.port
    assert isinstance(Mail(replace(PLAIN, port=port)).deliver([NOTE])[0], Temporary)


def test_signing_in_over_tls_with_a_certificate_that_is_checked(tmp_path: Path) -> None:
    authority, context = certificate(tmp_path)
    with mail_server(context) as server:
        safe = replace(PLAIN, port=server.port, security="starttls", user=USER, password=PASSWORD)
        trusted = replace(safe, authority=str(authority))
        assert isinstance(Mail(trusted).deliver([NOTE])[0], Sent)
        assert (server.encrypted, server.signed_in) == (1, 1)
        wrong = Mail(replace(trusted, password="wrong")).deliver([NOTE])[0]
        assert isinstance(wrong, Temporary)
        assert "HUIQI_SMTP_PASSWORD" in str(wrong)
        untrusted = Mail(safe).deliver([NOTE])[0]
        assert isinstance(untrusted, Temporary)
        assert "证书" in str(untrusted)
    assert len(server.taken) == 1


def test_secrets_and_addresses_are_not_shown() -> None:
    shown = repr((replace(PLAIN, user="u", password="very-secret"), NOTE))
    assert "very-secret" not in shown
    assert "wang@example.com" not in shown
    assert UNSUBSCRIBE not in shown
