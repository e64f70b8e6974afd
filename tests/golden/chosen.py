"""The functions of the corpus whose dumps are stored: each construct once, none that only repeats another."""

from __future__ import annotations

from tests.corpus import CASES, Case

ONE_OF_EACH = """
polynomial four_operations in_place chained_comparison boolean_operators conditional_expression walrus
pow_loop pow_recursive newton_square_root if_elif_else early_return return_inside_loop for_else_break
while_else_continue nested_loops values_swapped_in_a_loop assigned_in_one_branch deleted_names
displays unpacking slices item_assignment prefix_products comprehensions dict_written_and_read aliasing
calls lambdas nested_functions nonlocal_variable global_variables all_call_forms recursion_through_closure
generator_from_generator distance_of_sum slots_and_property iterator_protocol
match_sequences try_without_exception exception_handled finally_and_return raised_again with_statement text_in_between
"""

CHOSEN: dict[str, Case] = {name: next(case for case in CASES if case.name == name) for name in ONE_OF_EACH.split()}
