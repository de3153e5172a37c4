#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "optimize/detail/evolution.hpp"
#include "optimize/detail/quadratic_model.hpp"

namespace foundation::optimize::detail {

/// Suggests one point a generation to an evolution strategy: the minimum of a quadratic model of
/// the latest evaluated points near the mean. On smooth functions it finds the valley's floor long
/// before samples do. Where suggestions turn out no better than samples, it makes fewer and fewer.
class ModelAdvisor {
 public:
  /// A point of the cube that was evaluated; those of low cost are good.
  void add(std::vector<double> point, double cost);
  /// Whether the last suggestion was among the better half of its generation.
  void judge(bool was_good);
  /// To be called once a generation.
  [[nodiscard]] std::optional<std::vector<double>> advise(const Evolution& evolution);

 private:
  std::vector<ModelPoint> points_;  ///< the latest last
  std::uint32_t pause_ = 0;         ///< generations without a suggestion from now on
  std::uint32_t next_pause_ = 1;    ///< after another bad one
};

}  // namespace foundation::optimize::detail
