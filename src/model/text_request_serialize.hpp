#pragma once

#include "core/error.hpp"
#include "model/candidate_serialize.hpp"
#include "model/text_request.hpp"

/// `serialize` of text requests, in the manner of candidate_serialize.hpp.
namespace foundation::model {

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, Attempt& attempt, unsigned /*version*/) {
  archive & attempt.text & attempt.score;
}

template <class Archive>
void serialize(Archive& archive, Observation& seen, unsigned /*version*/) {
  archive & seen.position & seen.status & seen.score & seen.output;
}

template <class Archive>
void serialize(Archive& archive, TextRequest& request, unsigned /*version*/) {
  archive & request.kind & request.parameter & request.assignment & request.attempts;
  archive & request.observations & request.examples & request.notes & request.tip;
  if (!is_known(request.kind))
    throw core::Error{core::ErrorKind::corrupt_data, "a text request is of an unknown kind"};
}

template <class Archive>
void serialize(Archive& archive, NumberedRequest& numbered, unsigned /*version*/) {
  archive & numbered.index & numbered.request;
}
// clang-format on

}  // namespace foundation::model
