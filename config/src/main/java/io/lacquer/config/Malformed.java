package io.lacquer.config;

/** A text is not what it should be. The message is {@code what is wrong; what to do}. */
final class Malformed extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String remedy;

    /** Both are clauses without a full stop; the problem names the value. */
    Malformed(String problem, String remedy) {
        super(problem + "; " + remedy);
        this.problem = problem;
        this.remedy = remedy;
    }

    /** What is wrong, naming the value. */
    String problem() {
        return problem;
    }

    /** What to do about it. */
    String remedy() {
        return remedy;
    }
}
