#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "programs/program.hpp"

namespace foundation::testing {

/// A program that does what a test says and counts how often candidates were prepared.
class FakeProgram final : public programs::Program {
 public:
  using Answer =
      std::function<programs::CellOutput(const model::Candidate&, const programs::CellInput&)>;
  explicit FakeProgram(Answer answer) : answer_{std::move(answer)} {}

  [[nodiscard]] std::string identity() const override { return "fake"; }
  [[nodiscard]] model::Space space() const override { return {}; }
  [[nodiscard]] std::unique_ptr<programs::PreparedProgram> prepare(
      const model::Candidate& candidate, const programs::SplitDataset&) const override {
    ++prepared;
    if (on_prepare) on_prepare(candidate);
    return std::make_unique<Prepared>(answer_, candidate);
  }

  [[nodiscard]] bool writes_texts() const noexcept override { return on_write != nullptr; }
  [[nodiscard]] programs::CellOutput write(const programs::TextInput& input,
                                           const programs::SplitDataset&) const override {
    return on_write(input);
  }

  std::function<programs::CellOutput(const programs::TextInput&)> on_write;  ///< may throw
  mutable std::atomic<int> prepared{0};
  std::function<void(const model::Candidate&)> on_prepare;  ///< may throw

 private:
  class Prepared final : public programs::PreparedProgram {
   public:
    Prepared(Answer answer, model::Candidate candidate)
        : answer_{std::move(answer)}, candidate_{std::move(candidate)} {}
    [[nodiscard]] programs::CellOutput run(const programs::CellInput& cell) const override {
      return answer_(candidate_, cell);
    }

   private:
    Answer answer_;
    model::Candidate candidate_;
  };

  Answer answer_;
};

/// `count` examples on each split, labelled "l0", "l1", ...
inline programs::SplitDataset labelled_examples(std::uint32_t count) {
  programs::SplitDataset split;
  split.data.input_names = {"text"};
  split.data.label_name = "class";
  for (auto& order : split.order) {
    for (std::uint32_t i = 0; i < count; ++i) {
      order.push_back(static_cast<std::uint32_t>(split.data.examples.size()));
      split.data.examples.push_back({.id = std::to_string(split.data.examples.size()),
                                     .inputs = {"text"},
                                     .label = "l" + std::to_string(i),
                                     .group = {}});
    }
  }
  return split;
}

}  // namespace foundation::testing
