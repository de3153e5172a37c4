// An in-context classifier: it knows nothing but its demonstrations, as a few-shot prompt would.
#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/detail/built_in_programs.hpp"
#include "programs/detail/text_features.hpp"
#include "programs/detail/text_model.hpp"

namespace foundation::programs::detail {
namespace {

using model::Parameter;
using model::ParameterKind;

constexpr double most_demonstrations = 96;

Parameter choice(std::string name, std::vector<std::string> choices, std::string description) {
  Parameter parameter{.name = std::move(name),
                      .kind = ParameterKind::categorical,
                      .low = 0,
                      .high = 0,
                      .choices = std::move(choices),
                      .initial = {},
                      .conditions = {},
                      .description = std::move(description)};
  parameter.initial = parameter.choices.front();
  return parameter;
}

Parameter integer(std::string name, double low, double high, std::int64_t initial,
                  model::Condition condition, std::string description) {
  return {.name = std::move(name),
          .kind = ParameterKind::integer,
          .low = low,
          .high = high,
          .choices = {},
          .initial = initial,
          .conditions = {std::move(condition)},
          .description = std::move(description)};
}

model::Space classifier_space() {
  const model::Condition word{.parameter = "features", .values = {"word"}};
  const model::Condition character{.parameter = "features", .values = {"character"}};
  const model::Condition nearest{.parameter = "rule", .values = {"nearest"}};
  const model::Condition bayes{.parameter = "rule", .values = {"naive_bayes"}};
  std::vector<Parameter> all;
  all.push_back({.name = "demonstrations",
                 .kind = ParameterKind::demonstrations,
                 .low = 0,
                 .high = most_demonstrations,
                 .choices = {},
                 .initial = model::Demonstrations{},
                 .conditions = {},
                 .description = "labelled examples the classifier is shown"});
  all.push_back(choice("features", {"word", "character"}, "what n-grams are made of"));
  all.push_back(integer("word_ngrams", 1, 2, 1, word, "longest run of words that is a feature"));
  all.push_back(integer("char_ngram_low", 2, 5, 3, character, "shortest run of characters"));
  all.push_back(integer("char_ngram_high", 2, 5, 4, character, "longest run of characters"));
  all.push_back(choice("weighting", {"tf", "sublinear", "idf"}, "how occurrences are weighed"));
  all.push_back(choice("rule", {"nearest", "naive_bayes", "centroid"}, "how the label is decided"));
  all.push_back(integer("neighbours", 1, 15, 3, nearest, "most similar demonstrations that vote"));
  all.push_back({.name = "smoothing",
                 .kind = ParameterKind::log_real,
                 .low = 0.01,
                 .high = 10,
                 .choices = {},
                 .initial = 1.0,
                 .conditions = {bayes},
                 .description = "weight added to every feature of every label"});
  return model::Space{std::move(all),
                      {model::parse_constraint("char_ngram_low <= char_ngram_high")}};
}

FeatureOptions feature_options(const model::Assignment& settings) {
  if (settings.text("features") == "word") {
    return {.kind = FeatureOptions::Kind::word,
            .shortest = 1,
            .longest = static_cast<std::uint32_t>(settings.integer("word_ngrams"))};
  }
  return {.kind = FeatureOptions::Kind::character,
          .shortest = static_cast<std::uint32_t>(settings.integer("char_ngram_low")),
          .longest = static_cast<std::uint32_t>(settings.integer("char_ngram_high"))};
}

ModelOptions model_options(const model::Assignment& settings) {
  ModelOptions options;
  const std::string& weighting = settings.text("weighting");
  if (weighting == "sublinear") options.weighting = ModelOptions::Weighting::sublinear;
  if (weighting == "idf") options.weighting = ModelOptions::Weighting::idf;
  const std::string& rule = settings.text("rule");
  if (rule == "nearest") {
    options.neighbours = static_cast<std::uint32_t>(settings.integer("neighbours"));
  } else if (rule == "naive_bayes") {
    options.rule = ModelOptions::Rule::naive_bayes;
    options.smoothing = settings.real("smoothing");
  } else {
    options.rule = ModelOptions::Rule::centroid;
  }
  return options;
}

/// All inputs of an example as one text.
std::string joined(const Example& example) {
  std::string text;
  for (const std::string& input : example.inputs) {
    if (!text.empty()) text += '\n';
    text += input;
  }
  return text;
}

class PreparedClassifier : public PreparedProgram {
 public:
  /// `fallback`: the answer of a classifier without demonstrations.
  PreparedClassifier(const model::Assignment& settings, const SplitDataset& data,
                     std::string fallback)
      : features_{feature_options(settings)},
        options_{model_options(settings)},
        fallback_{std::move(fallback)} {
    positions_ = settings.demonstrations("demonstrations").positions;
    std::ranges::sort(positions_);
    check_positions(data.size(model::Split::train));
    std::set<std::string_view> labels;
    for (const std::uint32_t position : positions_) {
      labels.insert(data.at(model::Split::train, position).label);
    }
    labels_.assign(labels.begin(), labels.end());
    for (const std::uint32_t position : positions_) {
      const Example& example = data.at(model::Split::train, position);
      const auto label = std::ranges::lower_bound(labels_, example.label) - labels_.begin();
      documents_.push_back({.features = features_of(joined(example), features_),
                            .label = static_cast<std::uint32_t>(label)});
    }
    if (!documents_.empty()) model_.emplace(learn(nullptr));
  }

  [[nodiscard]] CellOutput run(const CellInput& cell) const override {
    if (cell.split == model::Split::train) {
      const auto shown = std::ranges::lower_bound(positions_, cell.example_position);
      if (shown != positions_.end() && *shown == cell.example_position) {
        return run_without(static_cast<std::size_t>(shown - positions_.begin()), cell);
      }
    }
    return model_ ? answer(*model_, cell) : CellOutput{.text = fallback_};
  }

 private:
  void check_positions(std::uint32_t train_size) const {
    if (positions_.empty() || positions_.back() < train_size) return;
    throw core::Error{
        core::ErrorKind::bad_input,
        fmt::format("demonstration {} does not exist: the train split has {} examples",
                    positions_.back(), train_size),
        "positions count from 0 in the train split's order"};
  }

  /// Answers as if the demonstration had never been given: learns again from the others.
  [[nodiscard]] CellOutput run_without(std::size_t left_out, const CellInput& cell) const {
    if (documents_.size() == 1) return {.text = fallback_};
    return answer(learn(&documents_[left_out]), cell);
  }

  [[nodiscard]] TextModel learn(const Document* left_out) const {
    std::vector<const Document*> shown;
    for (const Document& document : documents_) {
      if (&document != left_out) shown.push_back(&document);
    }
    return TextModel{shown, static_cast<std::uint32_t>(labels_.size()), options_};
  }

  [[nodiscard]] CellOutput answer(const TextModel& model, const CellInput& cell) const {
    const Example& example = *cell.example;
    const auto features = example.inputs.size() == 1
                              ? features_of(example.inputs.front(), features_)
                              : features_of(joined(example), features_);
    return {.text = std::string{labels_[model.classify(features)]}};
  }

  FeatureOptions features_;
  ModelOptions options_;
  std::string fallback_;
  std::vector<std::uint32_t> positions_;  ///< of the demonstrations, ascending
  std::vector<std::string_view> labels_;  ///< of the demonstrations, sorted, each once
  std::vector<Document> documents_;       ///< beside positions_
  std::optional<TextModel> model_;        ///< none without demonstrations
};

class TextClassifier : public Program {
 public:
  /// `first_label`: the only thing known without demonstrations is which labels there are.
  explicit TextClassifier(std::string first_label) : first_label_{std::move(first_label)} {}

  [[nodiscard]] std::string identity() const override { return "text_classifier 1"; }
  [[nodiscard]] model::Space space() const override { return classifier_space(); }
  [[nodiscard]] std::unique_ptr<PreparedProgram> prepare(const model::Candidate& candidate,
                                                         const SplitDataset& data) const override {
    return std::make_unique<PreparedClassifier>(candidate.assignment, data, first_label_);
  }

 private:
  std::string first_label_;
};

}  // namespace

std::unique_ptr<Program> make_text_classifier(const SplitDataset& data) {
  if (data.data.label_name.empty()) {
    throw core::Error{core::ErrorKind::bad_input,
                      "the program 'text_classifier' needs labelled examples, but the trainset "
                      "names no label field",
                      "set trainset.label to the field that holds the class"};
  }
  EXPECTS(!data.data.examples.empty());
  const auto first = std::ranges::min_element(data.data.examples, {}, &Example::label);
  return std::make_unique<TextClassifier>(first->label);
}

}  // namespace foundation::programs::detail
