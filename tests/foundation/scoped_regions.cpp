// Regions of C++: they end with their blocks, however those are left.
#include <stdexcept>
#include <thread>
#include <vector>

#include "foundation/trace.hpp"

namespace {

struct Solver {
  template <class Value>
  static Value advance(Value value) {
    FOUNDATION_TRACE_FUNCTION();
    static foundation::trace::Counter counter{"value"};
    counter.set(static_cast<double>(value));
    if (value > 5) throw std::runtime_error{"diverged"};
    return value + 1;
  }
};

void solve() {
  FOUNDATION_TRACE_FUNCTION();
  double value = 0;
  try {
    while (true) {
      FOUNDATION_TRACE_SCOPE("step");
      value = Solver::advance(value);
    }
  } catch (const std::runtime_error& error) {
    foundation::trace::mark(error.what(), value);
  }
  static foundation::trace::Mark done{"done"};
  done.set();
}

}  // namespace

int main() {
  solve();
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) threads.emplace_back(solve);
  for (std::thread& it : threads) it.join();
  return foundation::trace::is_on() ? 0 : 1;
}
