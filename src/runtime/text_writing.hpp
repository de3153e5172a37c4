#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/text_request.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"

namespace foundation::runtime {

/// Has a program write the samples of text requests. Safe to call from many threads at once; what
/// it is given outlives it.
class TextWriting {
 public:
  TextWriting(const programs::Program& program, const programs::Metric& metric,
              const programs::SplitDataset& data, std::uint32_t trials)
      : program_{program}, metric_{metric}, data_{data}, trials_{trials} {}

  /// What the metric has to say about each observation of the request, beside them.
  [[nodiscard]] std::vector<std::string> feedback_on(const model::TextRequest& request) const;
  /// One sample; one that is blank is invalid output.
  [[nodiscard]] programs::CellOutput write(const model::TextRequest& request,
                                           std::uint32_t sample) const;
  /// As it counts: a status and a digest, but no score.
  [[nodiscard]] static model::CellResult result_of(const programs::CellOutput& output);

 private:
  const programs::Program& program_;
  const programs::Metric& metric_;
  const programs::SplitDataset& data_;
  std::uint32_t trials_;
};

}  // namespace foundation::runtime
