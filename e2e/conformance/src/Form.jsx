import { useId } from 'react';

/** A form that hands over its values by name. */
export function Form({ submit, label, children }) {
  const onSubmit = (event) => {
    event.preventDefault();
    submit(Object.fromEntries(new FormData(event.currentTarget)));
  };
  return (
    <form onSubmit={onSubmit}>
      {children}
      <button type="submit">{label}</button>
    </form>
  );
}

export function Field({ name, label, type = 'text' }) {
  const id = useId();
  return (
    <p>
      <label htmlFor={id}>{label}</label> <input id={id} name={name} type={type} autoComplete="off" />
    </p>
  );
}

/** A code of a second factor, and which one it is of. */
export function SecondFactorFields({ factors }) {
  const id = useId();
  return (
    <>
      <Field name="code" label="Code" />
      <label htmlFor={id}>Factor</label>{' '}
      <select id={id} name="strategy">
        {factors.map(({ strategy }) => (
          <option key={strategy}>{strategy}</option>
        ))}
      </select>
    </>
  );
}
