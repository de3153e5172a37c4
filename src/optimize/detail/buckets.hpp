#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.hpp"
#include "model/cell.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// What one program made of an example of a minibatch.
struct Try {
  model::CandidateIndex candidate = model::no_candidate;
  std::uint32_t position = 0;  ///< of the cell on train
  double gain = 0;             ///< the larger the better; of a failed cell the worst of the batch
  model::CellResult cell{};
};

/// All tries of one example, best first.
struct Bucket {
  std::uint32_t example = 0;
  std::vector<Try> tries;
  [[nodiscard]] const Try& best() const noexcept { return tries.front(); }
  [[nodiscard]] const Try& worst() const noexcept { return tries.back(); }
};

/// A minibatch on which several programs ran.
struct Batch {
  /// First those whose tries differ most, then those with the better best one, then those whose
  /// best one stands out most; equals in trainset order.
  std::vector<Bucket> buckets;
  double low = 0;   ///< a tenth of all tries gain no more
  double high = 0;  ///< a tenth of all tries gain no less
};

/// `cells`: ranges of whole examples, the same ones of each program, all finished.
[[nodiscard]] Batch sort_into_buckets(const Evidence& evidence,
                                      std::span<const model::CellRange> cells, std::uint32_t trials,
                                      bool maximise);

/// Index drawn with probabilities that grow exponentially with gains, from the worst to the best
/// by a factor of exp(5).
[[nodiscard]] std::size_t draw_softmax(std::span<const double> gains, core::Stream& stream);

/// Draw from the Poisson distribution with this mean, from 0 to about 10.
[[nodiscard]] std::uint32_t draw_poisson(double mean, core::Stream& stream);

}  // namespace foundation::optimize::detail
