#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "programs/detail/text_features.hpp"

namespace foundation::programs::detail {

/// How a text classifier weighs features and decides.
struct ModelOptions {
  enum class Weighting : std::uint8_t {
    tf,         ///< number of occurrences
    sublinear,  ///< 1 + ln(occurrences)
    idf,        ///< occurrences * (1 + ln((1 + documents) / (1 + documents with the feature)))
  };
  enum class Rule : std::uint8_t {
    nearest,      ///< vote of the most similar documents, weighted by cosine similarity
    naive_bayes,  ///< multinomial with Lidstone smoothing
    centroid,     ///< cosine with the mean of each label's documents (Rocchio)
  };
  Weighting weighting = Weighting::tf;
  Rule rule = Rule::nearest;
  std::uint32_t neighbours = 3;  ///< of rule nearest
  double smoothing = 1;          ///< of rule naive_bayes, above 0
};

/// A text with a known label.
struct Document {
  std::vector<std::uint64_t> features;  ///< as features_of gives them
  std::uint32_t label = 0;              ///< below the number of labels
};

/// A classifier learnt from a few documents. Formulas as in Manning, Raghavan, Schütze,
/// "Introduction to Information Retrieval" (2008), chapters 6, 13 and 14; idf smoothed by one
/// document that has every feature. Features no document has are ignored. When nothing speaks for
/// any label, the most frequent label of the documents is the answer; ties go to the smallest
/// label. Immutable; `classify` may be called from many threads.
class TextModel {
 public:
  /// `documents` is not empty. The order of the documents matters only for equal similarities.
  TextModel(std::span<const Document* const> documents, std::uint32_t label_count,
            const ModelOptions& options);

  /// The label of a text with these features.
  [[nodiscard]] std::uint32_t classify(std::span<const std::uint64_t> features) const;

 private:
  /// One addend of a target's score (a document for rule nearest, otherwise a label).
  struct Posting {
    std::uint32_t target = 0;
    double weight = 0;
  };
  struct Weighted {
    std::uint32_t feature = 0;
    double weight = 0;
  };

  [[nodiscard]] double weight_of(std::uint32_t feature, std::uint32_t occurrences) const;
  [[nodiscard]] std::vector<Weighted> weigh(std::span<const std::uint64_t> features) const;
  void learn_idf(std::span<const Document* const> documents);
  void learn_postings(const std::vector<std::vector<Weighted>>& vectors);
  void scale_to_unit_targets();
  void learn_bayes();
  [[nodiscard]] std::uint32_t vote(std::span<const double> similarities) const;

  ModelOptions options_;
  std::uint32_t label_count_;
  std::vector<std::uint32_t> document_labels_;  ///< ascending
  std::vector<std::uint32_t> label_documents_;  ///< documents of each label
  std::uint32_t most_frequent_ = 0;
  FeatureIndex index_;
  std::vector<double> idf_;  ///< of each feature; rule idf only
  std::size_t target_count_ = 0;
  std::vector<std::uint32_t> first_posting_;  ///< of each feature, and one past the last
  std::vector<Posting> postings_;
  std::vector<double> prior_;   ///< naive_bayes: ln of each label's share
  std::vector<double> unseen_;  ///< naive_bayes: ln P(feature never seen | label)
};

}  // namespace foundation::programs::detail
