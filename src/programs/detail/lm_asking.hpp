#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "endpoints/client.hpp"
#include "model/cell.hpp"
#include "programs/detail/lm_pipeline.hpp"

namespace foundation::programs::detail {

/// What answers took together; nothing as soon as that of one of them is not known.
struct Spent {
  std::optional<endpoints::Usage> usage{endpoints::Usage{}};
  std::optional<core::Duration> duration{core::Duration{0}};

  void add(const endpoints::Completion& completion) noexcept;
  void add(const Spent& more) noexcept;
  /// At the prices of `limits`; without prices, all tokens.
  [[nodiscard]] std::optional<double> cost(const endpoints::LimitOptions& limits) const noexcept;
};
/// What Spent::cost is counted in.
[[nodiscard]] std::string cost_unit_of(const endpoints::LimitOptions& limits);

/// The outputs of a stage, or how it failed.
struct StageResult {
  std::vector<std::string> values{};
  model::CellStatus status = model::CellStatus::ok;
  std::string problem{};
  Spent spent{};  ///< answers that cannot be used are paid for, too
};

/// Asks until the answer fills the stage's outputs, or has been repaired `repairs` times in vain.
[[nodiscard]] StageResult ask_model(endpoints::Client& client, const PipelineStage& stage,
                                    endpoints::Request request, std::uint32_t repairs);

/// Digest of what a request begins with.
[[nodiscard]] std::uint64_t prefix_of(const endpoints::Request& request);

}  // namespace foundation::programs::detail
