#include "runtime/text_writing.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"

namespace foundation::runtime {

using model::CellStatus;
using model::Observation;
using model::Split;
using model::TextRequest;
using programs::CellOutput;

namespace {

bool is_blank(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
  });
}

/// What the program said, as the metric was given it. An answer that is invalid to the metric was
/// none to the program; where the program itself failed there is no text.
CellOutput output_of(const Observation& seen) {
  const bool has_answered = seen.status == CellStatus::wrong ||
                            (seen.status == CellStatus::invalid_output && !seen.output.empty());
  return {has_answered ? CellStatus::ok : seen.status, seen.output};
}

}  // namespace

std::vector<std::string> TextWriting::feedback_on(const TextRequest& request) const {
  std::vector<std::string> feedback;
  for (const Observation& seen : request.observations) {
    const std::uint32_t example = seen.position / trials_;
    if (example >= data_.size(Split::train))
      throw core::Error{
          core::ErrorKind::internal,
          fmt::format("a text request tells of example {}, but the train split has {}", example,
                      data_.size(Split::train))};
    feedback.push_back(metric_.explain(data_.at(Split::train, example), output_of(seen)));
  }
  return feedback;
}

CellOutput TextWriting::write(const TextRequest& request, std::uint32_t sample) const {
  const std::vector<std::string> feedback = feedback_on(request);
  CellOutput output = program_.write(
      {.request = &request, .feedback = feedback, .sample = sample, .trials = trials_}, data_);
  if (output.status == CellStatus::ok && is_blank(output.text))
    return {CellStatus::invalid_output, "the text that was written is blank", output.cost,
            output.duration};
  return output;
}

model::CellResult TextWriting::result_of(const CellOutput& output) {
  model::CellResult result;
  result.status = output.status;
  if (output.status == CellStatus::ok) result.output = core::hash_text(output.text);
  if (output.cost) result.cost = *output.cost;
  return result;
}

}  // namespace foundation::runtime
