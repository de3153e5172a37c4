#pragma once

#include <stdexcept>

namespace foundation::simulation {

/// An invariant does not hold: the simulation of this seed ends here.
class Violation : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace foundation::simulation
