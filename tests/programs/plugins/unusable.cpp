// A plugin whose program cannot be made.
#include <stdexcept>

#include "programs/plugin.hpp"

namespace {

class Unusable final : public foundation::plugin::Program {
 public:
  Unusable() { throw std::runtime_error{"no licence for it"}; }
  [[nodiscard]] std::vector<foundation::plugin::Parameter> parameters() const override {
    return {};
  }
  [[nodiscard]] std::unique_ptr<foundation::plugin::Prepared> prepare(
      const foundation::plugin::Settings&) const override {
    return nullptr;
  }
};

}  // namespace

FOUNDATION_PLUGIN(Unusable)
