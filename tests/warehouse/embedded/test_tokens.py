import pytest

from warehouse.embedded.tokens import tokens


def words(sql: str) -> list[str]:
    return [token.text for token in tokens(sql.encode())]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("select 1", ["select", "1"]),
        ("a.b,c", ["a", ".", "b", ",", "c"]),
        ("'it''s; \\'x' ;", ["'it''s; \\'x'", ";"]),
        ('"a;b" `c``d;`', ['"a;b"', "`c``d;`"]),
        ("1 -- a;b\n2", ["1", "-- a;b", "2"]),
        ("1 /* a /* ; */ b */ 2", ["1", "/* a /* ; */ b */", "2"]),
        ("$tag$ ; ' $tag$ x", ["$tag$ ; ' $tag$", "x"]),
        ("$$;$$", ["$$;$$"]),
        ("{a:Int32}", ["{", "a", ":", "Int32", "}"]),
        ("#!x\nselect # y\n1", ["#!x", "select", "# y", "1"]),
        ("'never closed ;", ["'never closed ;"]),
    ],
)
def test_tokens_are_those_of_the_engines_lexer(sql: str, expected: list[str]):
    assert words(sql) == expected


def test_a_word_behind_an_invisible_blank_is_a_word():
    assert [token.text for token in tokens("a\u200bfile\u00a0b".encode())] == ["a", "file", "b"]


def test_typographic_quotes_quote():
    kinds = [token.kind for token in tokens("‘a;b’ “c;d”".encode())]
    assert kinds == ["string", "quoted"]


def test_offsets_count_bytes():
    sql = "select 'é', x".encode()
    last = list(tokens(sql))[-1]
    assert sql[last.start : last.end] == b"x"


def test_names_are_compared_without_their_quotes():
    assert [token.name for token in tokens(b'`File` "FILE" file')] == ["file"] * 3
