#!/usr/bin/env python3
"""Opens a Holdfast keyring, its records and its anchor, knowing nothing but docs/format.md.

Usage: open-envelopes.py packages/credential-core/test/vectors/envelope.json

It shares no code and no cryptographic library with the TypeScript, so that the format is what the document says and not
what one program happens to do. Needs the package `cryptography`. Exit code 0 when everything opened and everything altered was refused.
"""

import base64
import hashlib
import hmac
import json
import sys
import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Refused(Exception):
    """Something is not what was written."""


def base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def canonical(values):
    """JSON as JSON.stringify writes it: no white space, only what must be escaped is escaped, in UTF-8."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def mac(key, domain, message):
    return hmac.new(key, domain + b"\0" + message, hashlib.sha512).digest()


def open_gcm(key, nonce, additional_data, ciphertext_and_tag):
    try:
        return AESGCM(key).decrypt(nonce, ciphertext_and_tag, additional_data)
    except InvalidTag as error:
        raise Refused("AES-GCM") from error


def open_envelope(vault_key, additional_data, envelope):
    if len(envelope) < 81 or envelope[0] != 1:
        raise Refused("format")
    salt, commitment, rest = envelope[1:33], envelope[33:65], envelope[65:]
    derived = mac(vault_key, b"holdfast/envelope/v1", salt)
    if not hmac.compare_digest(derived[32:], commitment):
        raise Refused("commitment")
    return open_gcm(derived[:32], bytes(12), additional_data, rest)


def record_header(metadata):
    seal = metadata["seal"]
    tags = []
    for name in sorted(metadata["tags"], key=lambda text: text.encode("utf-16-be")):
        tags += [name, metadata["tags"][name]]
    return canonical(
        [
            "holdfast/record/v1",
            seal["format"],
            seal["vaultId"],
            seal["keyId"],
            metadata["id"],
            metadata["kind"],
            metadata["encoding"],
            metadata.get("scope"),
            tags,
            metadata["createdAt"],
            metadata["updatedAt"],
            metadata.get("expiresAt"),
            metadata["revision"],
            metadata["writeId"],
        ]
    )


def authenticated_lines(text):
    lines = text.split("\n")
    if len(lines) != 3 or lines[2] != "":
        raise Refused("lines")
    return lines[0].encode("utf-8"), base64url(lines[1])


def slot_key(slot, passphrase, key_file):
    parameters = slot["parameters"]
    if slot["type"] == "passphrase" and parameters["derivation"] == "scrypt":
        secret = unicodedata.normalize("NFC", passphrase).encode("utf-8")
        n, r, p = parameters["N"], parameters["r"], parameters["p"]
        memory = 128 * r * (n + p + 2)
        salt = base64url(parameters["salt"])
        return hashlib.scrypt(secret, salt=salt, n=n, r=r, p=p, maxmem=memory, dklen=32)
    if slot["type"] == "key-file":
        return base64url(key_file.strip().removeprefix("holdfast-key-1:"))
    raise Refused("slot type")


def open_keyring(text, slot_number, passphrase, key_file):
    """Gives the vault id, the keys by id, and the anchor key."""
    body, tag = authenticated_lines(text)
    keyring = json.loads(body)
    vault, active = keyring["vaultId"], keyring["activeKeyId"]
    slot = keyring["slots"][slot_number]
    wrapped = base64url(slot["wrapped"])
    associated = canonical(["holdfast/slot/v1", vault, active, slot["id"]])
    key = open_gcm(slot_key(slot, passphrase, key_file), wrapped[:12], associated, wrapped[12:])
    if not hmac.compare_digest(mac(key, b"holdfast/keyring/v1", body), tag):
        raise Refused("keyring MAC")

    def within(name, wrapped_key):
        return open_envelope(key, canonical(["holdfast/keyring-key/v1", vault, active, name]), base64url(wrapped_key))

    keys = {active: key}
    for each in keyring["keys"]:
        if each["state"] == "retired":
            keys[each["id"]] = within(each["id"], each["wrapped"])
    return vault, keys, within("anchor", keyring["anchorKey"])


def open_anchor(text, anchor_key, vault):
    body, tag = authenticated_lines(text)
    if not hmac.compare_digest(mac(anchor_key, b"holdfast/anchor/v1", body), tag):
        raise Refused("anchor MAC")
    anchor = json.loads(body)
    if anchor["vaultId"] != vault:
        raise Refused("another vault")
    return anchor["marks"]


def expect(condition, what):
    if not condition:
        sys.exit(f"open-envelopes: {what}")


def expect_refused(work, what):
    try:
        work()
    except (Refused, ValueError, KeyError):
        return
    sys.exit(f"open-envelopes: {what} was not refused")


def flipped(data, bit):
    copy = bytearray(data)
    copy[bit // 8] ^= 1 << (bit % 8)
    return bytes(copy)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        vectors = json.load(file)
    opened = refused = 0
    passphrase, key_file = vectors["passphrase"], vectors["keyFile"]

    for slot in (0, 1):
        vault, keys, anchor_key = open_keyring(vectors["keyring"], slot, passphrase, key_file)
        found = {name: key.hex() for name, key in keys.items()}
        expect(found == vectors["vaultKeys"], f"slot {slot} gave other vault keys")
        expect(anchor_key.hex() == vectors["anchorKey"], f"slot {slot} gave another anchor key")
        opened += 1
    expect_refused(lambda: open_keyring(vectors["keyring"], 0, passphrase + "!", key_file), "a wrong passphrase")
    edited = vectors["keyring"].replace("/etc/app/vault.key", "/etc/app/forged.key")
    expect_refused(lambda: open_keyring(edited, 0, passphrase, key_file), "an edited keyring")
    refused += 2

    expect(open_anchor(vectors["anchor"], anchor_key, vault) == vectors["anchorMarks"], "the anchor has other marks")
    opened += 1
    expect_refused(lambda: open_anchor(vectors["anchor"].replace("deleted", "live"), anchor_key, vault), "an edited anchor")
    refused += 1

    for record in vectors["records"]:
        about = record["about"]
        header = record_header(record["metadata"])
        expect(header == record["additionalData"].encode("utf-8"), f"{about}: the header has other bytes")
        key = keys[record["metadata"]["seal"]["keyId"]]
        envelope = base64.b64decode(record["envelope"])
        expect(open_envelope(key, header, envelope).hex() == record["plaintext"], f"{about}: opened to another value")
        opened += 1
        for bit in range(len(envelope) * 8):
            expect_refused(lambda: open_envelope(key, header, flipped(envelope, bit)), f"{about}: bit {bit} flipped")
            refused += 1
        expect_refused(lambda: open_envelope(key, header + b" ", envelope), f"{about}: another header")
        refused += 1
    print(f"{opened} opened, {refused} refused")


if __name__ == "__main__":
    main()
