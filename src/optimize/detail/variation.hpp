#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "model/candidate.hpp"
#include "model/space.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {

/// Small changes to all that is no open text: numbers move by a normal step, choices become another
/// one, of demonstrations some are exchanged. For strategies that are about texts and search the
/// other parameters beside them.
class Variation {
 public:
  /// `space` outlives this.
  Variation(const model::Space& space, std::uint32_t train_size);

  /// There is a parameter that it could change.
  [[nodiscard]] bool is_possible() const noexcept {
    return !axes_.empty() || !demonstrations_.empty();
  }
  /// The assignment with each parameter changed with this probability; valid, and unchanged if the
  /// constraints allow no change that was drawn.
  [[nodiscard]] model::Assignment vary(const model::Assignment& from, double rate,
                                       core::Stream& stream) const;
  /// The assignment with inactive parameters dropped and newly active ones added: demonstrations
  /// drawn, all others with their initial values.
  [[nodiscard]] model::Assignment completed(const model::Assignment& assignment,
                                            core::Stream& stream) const;

 private:
  [[nodiscard]] model::Assignment changed(const model::Assignment& from, double rate,
                                          core::Stream& stream) const;

  const model::Space* space_;
  std::uint32_t train_size_;
  std::vector<Axis> axes_;
  std::vector<model::Parameter> demonstrations_;
};

}  // namespace foundation::optimize::detail
