//! What others make can be read, and what is made here can be read by others: keys of RFC 8410, and a signature that
//! OpenSSL made (`openssl pkeyutl -sign -rawin`).

use super::*;

/// RFC 8410 §10.3.
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
";
/// RFC 8410 §10.1.
const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
";
const OPENSSL: &str = "rolecall-plugin-v1 sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 \
                       a1e9156054e04fac899ae9f275132cdc07a5dbc4ea2c2ad3a1ffc6e0d253681f \
                       hON/SsLMnBjVF6pgpRHpHwbs2UYyMdfAmF4DxdoBy+BbDCUNpb9hxWFcPHrlY/3IiI8ZV7zWolqRVYFUholwDg==";

fn private() -> SigningKey {
    SigningKey::read(PRIVATE).expect("the key of the RFC")
}

#[test]
fn keys_and_signatures_are_those_of_others() {
    let public = PublicKey::read(PUBLIC).expect("the key of the RFC");
    assert_eq!(private().public(), public);
    assert_eq!(public.pem().expect("a key"), PUBLIC);
    assert_eq!(private().pem().expect("a key").as_ref(), PRIVATE);
    let signature = private().sign(b"");
    assert_eq!(signature.to_string(), OPENSSL);
    let read: Signature = OPENSSL.parse().expect("a signature");
    assert_eq!(read, signature);
    assert!(read.is_by(&public));
}

#[test]
fn only_the_key_that_signed_the_digest_has_signed_it() {
    let public = private().public();
    let other = SigningKey::generate().expect("a key");
    let good = private().sign(b"one");
    assert!(!good.is_by(&other.public()));
    let moved = Signature {
        digest: Digest::of(b"two"),
        ..good.clone()
    };
    assert!(!moved.is_by(&public));
    let claimed = Signature {
        key: public.id(),
        ..other.sign(b"one")
    };
    assert!(!claimed.is_by(&public));
    let renamed = Signature {
        key: other.public().id(),
        ..good
    };
    assert!(!renamed.is_by(&public), "it names another key");
}

#[test]
fn what_is_no_key_is_said_without_a_word_of_it() {
    for (text, words) in [
        ("", "no public key"),
        (PRIVATE, "private key"),
        (&PUBLIC.replace("MCow", "MCox"), "no public key"),
        (&PUBLIC[..60], "no public key"),
        // The identity: whoever asks, it "signed".
        (
            "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\
             -----END PUBLIC KEY-----\n",
            "weak",
        ),
    ] {
        let error = PublicKey::read(text).expect_err(words).to_string();
        assert!(error.contains(words) && !error.contains("MC4C"), "{error}");
    }
    for (text, words) in [("x", "no private key"), (PUBLIC, "public key")] {
        let Err(error) = SigningKey::read(text) else {
            panic!("{text} is read")
        };
        assert!(error.to_string().contains(words), "{error}");
    }
}
