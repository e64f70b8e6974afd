"""Rules of containers and of what holds attributes: values move between slots, and their cotangents follow.

`methods` declares them; the reversal of each rule sees the shadow as it was laid out just after the call.
"""

import bytegrad.rules.containers.arrays
import bytegrad.rules.containers.context_variables
import bytegrad.rules.containers.deques
import bytegrad.rules.containers.descriptors
import bytegrad.rules.containers.dicts
import bytegrad.rules.containers.driven
import bytegrad.rules.containers.driven_sources
import bytegrad.rules.containers.iterators
import bytegrad.rules.containers.lists
import bytegrad.rules.containers.namespaces
import bytegrad.rules.containers.references
import bytegrad.rules.containers.reversing
import bytegrad.rules.containers.sets
import bytegrad.rules.containers.tuples
import bytegrad.rules.containers.views  # noqa: F401
