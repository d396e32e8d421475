/**
 * The member of `signed` in which tufa's own repositories say when a snapshot or a timestamp was issued, in the form of `expires`. Other
 * clients pass it over (spec 4-a); none believes it for freshness: it is its signer's word.
 */
export const issuedMember = 'x-tufa-issued';
