#include <cmath>
#include <exception>
#include <limits>

#include "tests/benchmarks/black_box/bbob.hpp"

/// The functions behind a C interface, so that other languages' optimisers see the very same
/// ones (compare.py, through ctypes). Handles are freed by black_box_free.
namespace {

using foundation::benchmarks::BlackBox;
using foundation::benchmarks::make_function;

}  // namespace

extern "C" {

/// Null for a function, dimension or instance that does not exist.
void* black_box_make(unsigned number, unsigned dimension, unsigned instance) {
  try {
    return make_function(number, dimension, instance).release();
  } catch (const std::exception&) {
    return nullptr;
  }
}

double black_box_evaluate(void* handle, const double* x) {
  auto* function = static_cast<BlackBox*>(handle);
  return function->evaluate({x, function->optimum().size()});
}

double black_box_minimum(void* handle) { return static_cast<BlackBox*>(handle)->minimum(); }

void black_box_free(void* handle) { delete static_cast<BlackBox*>(handle); }

}  // extern "C"
