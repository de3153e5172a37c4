#pragma once

#include <cstdint>

#include "foundation/trace.h"

/// Regions, counters and marks of a program, for `foundation trace`: what trace.h has, for C++11
/// and later. There is nothing to link; without a recorder a call is one load and a branch.
///
///     void solve() {
///       FOUNDATION_TRACE_FUNCTION();
///       static foundation::trace::Counter residual{"residual", "Pa"};
///       for (int step = 0; step < steps; ++step) {
///         FOUNDATION_TRACE_SCOPE("step");
///         residual.set(advance());
///       }
///       foundation::trace::mark("converged", steps);
///     }
///
/// Names are static objects, initialised before anything runs. For everything else see trace.h.
namespace foundation {
namespace trace {

/// The name of a part of the program. Texts must live as long as it does.
class Region {
 public:
  constexpr explicit Region(const char* name, const char* file = __builtin_FILE(),
                            std::uint32_t line = __builtin_LINE()) noexcept
      : name_{name, "", file, line, 0} {}
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;

  void begin() noexcept { foundation_trace_begin(&name_); }
  void end() noexcept { foundation_trace_end(&name_); }

 private:
  foundation_trace_name name_;
};

/// The region lasts as long as this object, however its block is left.
class Scope {
 public:
  explicit Scope(Region& region) noexcept : region_(region) { region_.begin(); }
  ~Scope() { region_.end(); }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Region& region_;
};

/// A value that changes with time.
class Counter {
 public:
  constexpr explicit Counter(const char* name, const char* unit = "",
                             const char* file = __builtin_FILE(),
                             std::uint32_t line = __builtin_LINE()) noexcept
      : name_{name, unit, file, line, 0} {}
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void set(double value) noexcept { foundation_trace_count(&name_, value); }

 private:
  foundation_trace_name name_;
};

/// The name of something that happens at a moment.
class Mark {
 public:
  constexpr explicit Mark(const char* name, const char* file = __builtin_FILE(),
                          std::uint32_t line = __builtin_LINE()) noexcept
      : name_{name, "", file, line, 0} {}
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;

  void set(double value = 0) noexcept { foundation_trace_mark(&name_, value); }

 private:
  foundation_trace_name name_;
};

/// A mark whose text is known only now; it is looked up each time.
inline void mark(const char* text, double value = 0) noexcept {
  foundation_trace_mark_text(text, value);
}

/// Whether anybody records.
inline bool is_on() noexcept { return foundation_trace_is_on() != 0; }

/// The next child that this process forks records in its place; otherwise it records nothing.
inline void follow_child() noexcept { foundation_trace_follow_child(); }

}  // namespace trace
}  // namespace foundation

#define FOUNDATION_TRACE_JOINED(a, b) a##b
#define FOUNDATION_TRACE_UNIQUE(a, b) FOUNDATION_TRACE_JOINED(a, b)

/// From here to the end of the block: a region of this name, which is the same at each pass.
#define FOUNDATION_TRACE_SCOPE(name)                                                            \
  static ::foundation::trace::Region FOUNDATION_TRACE_UNIQUE(foundation_trace_region_,          \
                                                             __LINE__){name};                   \
  const ::foundation::trace::Scope FOUNDATION_TRACE_UNIQUE(foundation_trace_scope_, __LINE__) { \
    FOUNDATION_TRACE_UNIQUE(foundation_trace_region_, __LINE__)                                 \
  }

/// The same, named like the function.
#define FOUNDATION_TRACE_FUNCTION() FOUNDATION_TRACE_SCOPE(__func__)
