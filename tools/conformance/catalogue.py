"""Which modules of CPython's test suite are run, and which differences are to be expected."""

from __future__ import annotations

import re

GROUPS = {
    "core": """test_grammar test_generators test_generator_stop test_genexps test_listcomps test_setcomps test_dictcomps
        test_with test_scope test_named_expressions test_unpack test_unpack_ex test_extcall test_keywordonlyarg
        test_positional_only_arg test_pep646_syntax test_augassign test_binop test_unary test_compare test_richcmp
        test_contains test_patma test_fstring test_string_literals test_slice test_index test_global test_dynamic
        test_opcodes test_opcache test_call test_decorators test_yield_from test_coroutines test_asyncgen
        test_type_params test_type_annotations test_longexp test_int_literal test_print""",
    "exceptions": """test_exceptions test_exception_variations test_exception_group test_except_star
        test_exception_hierarchy test_baseexception test_raise""",
    "model": """test_class test_descr test_super test_property test_metaclass test_subclassinit
        test_funcattrs test_isinstance test_abc test_iter test_iterlen test_enumerate test_range test_list test_tuple
        test_dict test_set test_sort test_types test_builtin test_genericclass test_genericalias
        test_dynamicclassattribute test_typechecks""",
    "numeric": """test_int test_long test_float test_complex test_bool test_pow test_fractions test_decimal
        test_statistics test_math test_math_property test_cmath test_numeric_tower test_abstract_numbers test_random""",
    "stdlib": """test_functools test_itertools test_operator test_collections test_deque test_defaultdict
        test_ordered_dict test_userdict test_userlist test_userstring test_dataclasses test_enum test_contextlib
        test_contextlib_async test_context test_copy test_string test_textwrap test_json test_tokenize test_colorsys
        test_heapq test_bisect test_graphlib test_reprlib test_pprint test_difflib test_calendar test_shlex
        test_configparser test_argparse test_tomllib test_csv test_typing test_strptime test_html test_fnmatch""",
}
"""What is run in full, by what it is about."""

REDUCED = [
    "test_augassign",
    "test_baseexception",
    "test_binop",
    "test_class",
    "test_contains",
    "test_decorators",
    "test_dictcomps",
    "test_exception_group",
    "test_exception_variations",
    "test_global",
    "test_keywordonlyarg",
    "test_named_expressions",
    "test_opcodes",
    "test_property",
    "test_raise",
    "test_richcmp",
    "test_subclassinit",
    "test_unary",
    "test_with",
    "test_yield_from",
]
"""What runs with the other tests: constructs of the language, a minute or two in all."""

TAGS = [
    (
        "frames",
        r"_getframe|f_locals|f_back|f_lineno|_frame\b|inspect\.|currentframe|locals\(\)|\b(vars|eval|exec|dir)\(",
    ),
    ("tracing", r"settrace|setprofile|sys\.monitoring|tracemalloc"),
    ("code objects", r"__code__|co_[a-z]+|\bdis\b|opcode|cpython_only|__closure__|__qualname__"),
    ("lifetimes", r"refcount|weakref|\bgc\.|gc_collect|__del__|sizeof|gettotalrefcount"),
    ("tracebacks", r"traceback|tb_|lineno|captured_stderr"),
    ("stack depth", r"recursi|RecursionError"),
    ("other processes", r"assert_python_ok|assert_python_failure|script_helper|subprocess|subinterp"),
    ("compiler", r"\bcompile\(|ast\.|check_syntax_error|SyntaxError|SyntaxWarning"),
    ("pickling", r"pickle|copyreg|__reduce|__setstate__|pickletest"),
    ("identity", r"assertIs\(|is not |\bid\("),
    ("threads", r"threading|Thread\("),
]
"""What a test looks at besides values, by words in its source: such a test may see the transform at work."""

KNOWN = {
    r"test_opcache\.(TestRacesDoNotCrash\.|TestCallCache\.test_assign_init_code)": "asks which specialised "
    "instructions the function's own code got; another code object ran",
    r"test_patma\.TestTracing\.test_(default_capture|default_wildcard|no_default)$": "counts, in a helper, how often a "
    "line is traced: before 3.13, code of ours comes back to the line to go on with the next step of a call",
    r"TestPEP590\.test_setvectorcall": "replaces the function's C entry point, which nothing shows to Python",
    r"_cleanup_exc_state$": "asks, in a helper, that an object dies at once; records keep what a pullback may need",
    r"_free_after_iterating$": "asks, in a helper, that an object dies at once, as above",
    r"test_itertools\.TestBasicOps\.test_(islice|tee)$": "asks by weak references, behind a decorator, that an "
    "iterator dies at once; records keep what a pullback may need",
    r"_cannot_replace_builtins_dict_between_calls$": "gives a module other builtins: a function keeps those that "
    "it was made with, and the code that runs is made later",
}
"""Tests without a tag that cannot be the same, and why."""


def modules_of(groups: list[str]) -> list[str]:
    """The modules of several groups, in order."""
    return [module for group in groups for module in GROUPS[group].split()]


def tags_of(source: str) -> list[str]:
    """What a test with this source looks at besides values."""
    return [tag for tag, words in TAGS if re.search(words, source)]


def known_reason(test: str) -> str | None:
    """Why a test is expected to differ, if it is."""
    return next((reason for pattern, reason in KNOWN.items() if re.search(pattern, test)), None)
