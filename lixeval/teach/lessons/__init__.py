"""Lessons: exercises that are Nix files, and the judge of what a learner makes of them.

    folder -> chapters of exercises -> handed out -> changed by the learner -> run -> judged

exercise   one exercise: the header's format, what is handed out, what solves it (docs/lessons.md)
syllabus   folders of exercises; those of lixeval's own are in syllabus/
running    a program evaluated for somebody who watches: its value or its error, and what it said
workbook   the learner's copies of exercises
judging    right or not, demand included: "right value, but you forced b"
progress   which exercises were solved, kept in the user's folder
"""
