#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace foundation::lm_server {

/// The "model": it knows nothing but the prompt, as a few-shot learner would. For each field it is
/// asked to fill in it takes the value that the most similar demonstration has, by the words that
/// the inputs share; without demonstrations, the first of "one of: a, b, c" in the prompt, or
/// "unknown". It follows one instruction: how many words to compare (words_compared in writer.hpp).
/// A field "reasoning" it fills with a sentence about what it compared. Texts for optimisers it
/// writes as writer.hpp says.
///
/// With a temperature above 0, one seed in four makes it take the second most similar.
[[nodiscard]] std::string answer(const nlohmann::json& request);

}  // namespace foundation::lm_server
