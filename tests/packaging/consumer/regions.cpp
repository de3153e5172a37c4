// What somebody writes who has the installed headers and wants to be traced.
#include <iostream>

#include <foundation/trace.hpp>

static void solve() {
  FOUNDATION_TRACE_FUNCTION();
  static foundation::trace::Counter residual{"residual", "Pa"};
  residual.set(0.5);
  foundation::trace::mark("converged", 1);
}

int main() {
  solve();
  std::cout << foundation::trace::is_on() << '\n';
}
