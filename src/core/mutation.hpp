#pragma once

/// Planted bugs: tests/simulation compiles some modules a second time with FOUNDATION_MUTATIONS
/// and checks that the simulator finds each of them. In every other build a mutation is `false`
/// and leaves nothing behind.
#ifdef FOUNDATION_MUTATIONS
namespace foundation::core {

/// Is the planted bug of this name switched on? Defined by the simulator.
[[nodiscard]] bool is_mutated(const char* name) noexcept;

}  // namespace foundation::core
#define FOUNDATION_MUTATION(name) ::foundation::core::is_mutated(#name)
#else
#define FOUNDATION_MUTATION(name) false
#endif
