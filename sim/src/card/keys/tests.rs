//! The primes are what they are said to be, and keys are as distinct as promised.

use std::collections::BTreeSet;

use super::*;

/// Whether a number is prime, by one witness: enough for numbers nobody chose to deceive us.
fn is_prime(number: &BigUint) -> bool {
    let one = BigUint::from(1_u32);
    BigUint::from(3_u32).modpow(&(number - &one), number) == one
}

#[test]
fn every_step_leads_to_a_prime_that_fits_the_exponent() {
    let all = u16::try_from(PRIMES).unwrap();
    for number in (0..all).step_by(9) {
        let prime = prime(number);
        assert!(is_prime(&prime), "number {number}");
        assert_ne!(&prime % BigUint::from(65_537_u32), BigUint::from(1_u32), "number {number}");
    }
}

#[test]
fn each_pair_is_counted_once() {
    let pairs: BTreeSet<_> = (0..PAIRS_OF_PEOPLE).map(pair_of).collect();
    assert_eq!(u64::try_from(pairs.len()).unwrap(), PAIRS_OF_PEOPLE);
    let ((_, last), count) =
        (pair_of(PAIRS_OF_PEOPLE - 1), u16::try_from(PRIMES).unwrap() - PRIMES_OF_AUTHORITIES);
    assert_eq!(last, count - 1);
}

#[test]
fn keys_are_the_same_for_the_same_person_and_differ_between_people_and_purposes() {
    let modulus = |seed, generation, person, purpose| {
        KeyPair::of_person(seed, generation, person, purpose).modulus()
    };
    let first = modulus(1, 1, 1, Purpose::Authentication);
    assert_eq!(first.len(), KEY_BYTES);
    assert_eq!(first, modulus(1, 1, 1, Purpose::Authentication));
    let others = [
        modulus(2, 1, 1, Purpose::Authentication),
        modulus(1, 2, 1, Purpose::Authentication),
        modulus(1, 1, 2, Purpose::Authentication),
        modulus(1, 1, 1, Purpose::Signature),
        modulus(1, 1, 1, Purpose::Face),
        modulus(1, 1, 1, Purpose::Text),
        KeyPair::of_authority(0).modulus(),
    ];
    assert!(others.iter().all(|other| *other != first));
}

#[test]
fn a_signature_is_one_by_the_public_half() {
    let key = KeyPair::of_authority(1);
    let signature = key.sign(b"drill");
    let digest = digest_info(&sha256(b"drill"));
    let public = key.0.to_public_key();
    public.verify(Pkcs1v15Sign::new_unprefixed(), &digest, &signature).unwrap();
    assert_eq!(key.sign_as_it_is(&[0; SIGNED_BYTES_MAX]).map(|it| it.len()), Some(KEY_BYTES));
    assert_eq!(key.sign_as_it_is(&[0; SIGNED_BYTES_MAX + 1]), None);
}
