"""What an event is: schema, decoding, validation, files.

A record that is no event is refused with one of these codes (`reasons.REASONS`), and a sentence that names
the field. The first rule that is found broken counts.

=================  ==============================================================================
code               meaning
=================  ==============================================================================
tombstone          the record has no value
empty              the record is empty or blank
too_large          the record has more than 8 MiB
not_utf8           the bytes are not UTF-8
not_json           not valid JSON: cut short, a stray character, NaN, half a surrogate pair
too_deep           lists or objects are nested too deeply
not_an_object      valid JSON, but not an object
bad_envelope       a CloudEvents envelope that misses or misuses an attribute, or holds no object
unknown_type       `type` is none of the seven
type_mismatch      `type` is not the one that the topic implies
unknown_action     `action` is not one that the type knows
missing_field      a required field is missing
wrong_type         a field has the wrong JSON type
empty_field        an id is the empty string
too_long           a string is longer than allowed
too_many           a list has more than 32 items
out_of_range       a number is too small or too large
bad_time           `ts` is a string, but not an RFC 3339 time
time_out_of_range  `ts` is not in the years 2000 to 2099, `actor_created` not in 1970 to 2099
time_ahead         `ts` lies further ahead of the clock than is allowed
nul_character      a string other than the text holds a NUL
no_actor           a click without `actor` has neither `device` nor `ip`
no_text            the text of a post or comment is empty and there are no links or media
=================  ==============================================================================

Taken as they come: `null` for an optional field (as if it were absent); a repeated key (the last one
counts); unknown fields, broken UTF-8 in them included; a byte order mark before the object; empty strings
for optional fields other than `actor`, and in lists (as if they were absent); a comment whose text is
empty, beside links or media, as for a post; numbers of `dwell_ms` and `count` beyond 2^31 - 1 (they count
as that much); a NUL within the text. Lengths that the contract leaves open: `target`, `content`, `author`,
`topic`, `entity` at most 16,383 characters; of `credit` and `name` the first 1,024 bytes are kept.
"""

# Says where compiled kernels are kept, before any is declared.
import models  # noqa: F401
